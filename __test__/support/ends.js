'use strict';

// Processes and threads that end in every way while memory is sampled: the fixtures' part, and that of the specs.

const assert = require('node:assert/strict');
const { Worker, isMainThread, workerData } = require('node:worker_threads');

const leakline = require('../../js');
const { runNode } = require('./run');

/** The ways of the main thread; each works before, and mostly after. */
function mainWays(work) {
  return {
    natural: () => { setTimeout(work, 5); },
    exit: () => process.exit(0),
    'really-exit': () => process.reallyExit(0),
    throws: () => {
      process.on('uncaughtException', () => process.exit(0));
      throw new Error('on purpose');
    },
    stop: () => { leakline.stop(); work(); },
    'start-again': () => { leakline.stop(); leakline.start({ heap: { interval: 8192 } }); work(); },
  };
}

/**
 * Ends in the way that the command line says; without one, prints all of them.
 *
 * @param {string} file the fixture, which its worker runs as well
 * @param {object} fixture
 * @param {() => void} fixture.work allocates
 * @param {Record<string, () => void>} fixture.worker the ways of a worker
 * @param {(thread: Worker, how: string) => void} fixture.beside what the main thread does then
 */
function endAsAsked(file, { work, worker, beside }) {
  const main = mainWays(work);
  const how = isMainThread ? process.argv[2] : workerData;
  if (how === undefined) console.log(JSON.stringify([...Object.keys(main), ...Object.keys(worker)]));
  else if (!isMainThread) worker[how]();
  else if (how in main) main[how]();
  else {
    const thread = new Worker(file, { workerData: how });
    thread.on('error', () => {});
    beside(thread, how);
  }
}

/**
 * Runs a fixture in each way, `rounds` times, and asserts that each end is as without leakline. Resolves to the ways.
 *
 * @param {string} file
 * @param {number} rounds
 * @param {{ flags?: string[], env?: object, cwd?: string }} options `flags` of Node; the rest as `runNode` takes them
 */
async function endsWell(file, rounds, { flags = [], ...options } = {}) {
  const hows = JSON.parse((await runNode([file])).stdout);
  for (let round = 0; round < rounds; round++) {
    const ends = await Promise.all(hows.map((how) => runNode([...flags, file, how], options)));
    for (const [n, { code, signal, stderr }] of ends.entries()) assert.deepEqual([code, signal], [0, null], `${hows[n]}: ${stderr}`);
  }
  return hows;
}

module.exports = { endAsAsked, endsWell };
