'use strict';

/** One line a run says that tests are watched, and for what: a run in which nothing leaks shows nothing else of leakline's. */

let isSaid = false;

/**
 * @param {{ leaks: string, kinds: string[] | null }} config
 * @param {Record<string, string | undefined>} [env]
 */
function announce(config, env = process.env) {
  // Whoever sums up the run says how many tests were watched.
  if (isSaid || config.leaks === 'off' || env.LEAKLINE_RUN) return;
  isSaid = true;
  process.stderr.write(`${line(config)}\n`);
}

function line({ leaks, kinds }) {
  const what = kinds === null ? 'listeners, timers and checkouts' : `what is of kind ${kinds.join(', ')}`;
  const then = leaks === 'fail' ? 'a leak fails its test' : 'a leak is reported';
  return `leakline watches the tests for ${what} that they leave behind: ${then}`;
}

module.exports = { announce };
