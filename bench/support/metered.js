'use strict';

// What a run of load takes of a process.

const { later } = require('./figures');

/** leakline's collector takes what lies in the ring at latest after 20 ms: its work on a run is the run's. */
const SETTLE_MS = 25;

/**
 * @param {{ ask(message: string): Promise<{ cpu: number, rss: number }> }} process
 * @param {() => Promise<object>} run
 * @returns what the run answered, with `cpu`, in µs that it took of the process with what it left to do, and `rss`, in bytes at its end
 */
async function metered(process, run) {
  const { cpu: from } = await process.ask('usage');
  const done = await run();
  await later(SETTLE_MS);
  const { cpu: to, rss } = await process.ask('usage');
  return { ...done, cpu: to - from, rss };
}

module.exports = { metered, SETTLE_MS };
