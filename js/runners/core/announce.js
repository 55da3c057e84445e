'use strict';

/** One line a run says that tests are watched, and for what: a run in which nothing leaks shows nothing else of leakline's. */

/** Of several processes of a run one says it: which that is, by the variable that numbers those that run tests. */
const FIRST = {
  jest: ['JEST_WORKER_ID', '1'],
  vitest: ['VITEST_WORKER_ID', '1'],
  // The process that starts those of the files loads what they load.
  mocha: ['MOCHA_WORKER_ID', undefined],
  'node:test': ['NODE_TEST_CONTEXT', undefined],
};

let isSaid = false;

/**
 * @param {string} runner
 * @param {{ leaks: string, kinds: string[] | null }} config
 * @param {Record<string, string | undefined>} [env]
 */
function announce(runner, config, env = process.env) {
  // Whoever sums up the run says how many tests were watched.
  if (isSaid || config.leaks === 'off' || env.LEAKLINE_RUN || !isFirst(runner, env)) return;
  isSaid = true;
  process.stderr.write(`${line(config)}\n`);
}

function isFirst(runner, env) {
  const [variable, first] = FIRST[runner];
  return env[variable] === undefined || env[variable] === first;
}

function line({ leaks, kinds }) {
  const what = kinds === null ? 'listeners, timers and checkouts' : `what is of kind ${kinds.join(', ')}`;
  const then = leaks === 'fail' ? 'a leak fails its test' : 'a leak is reported';
  return `leakline watches the tests for ${what} that they leave behind: ${then}`;
}

module.exports = { announce };
