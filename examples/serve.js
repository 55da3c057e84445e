'use strict';

const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const VARIANTS = ['leaky', 'fixed'];
const STATUS_EVERY_MS = 5000;

/**
 * Runs an example as a paced service, until SIGINT, SIGTERM or the time given on the command line:
 * `node examples/<name>/service.js leaky|fixed [seconds]`.
 *
 * @param {string} directory of the example
 * @param {{ everyMs: number }} pace the pause between two round trips
 */
module.exports = async function serve(directory, { everyMs }) {
  const [variant, seconds = 'Infinity', ...rest] = process.argv.slice(2);
  if (!VARIANTS.includes(variant) || !(Number(seconds) > 0) || rest.length > 0) {
    console.error(`usage: node ${path.relative('', path.join(directory, 'service.js'))} leaky|fixed [seconds]`);
    process.exitCode = 2;
    return;
  }

  const scenario = require(path.join(directory, variant, 'scenario.js'));
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end.abort());

  await scenario.setup();
  console.log(`${scenario.name} runs as process ${process.pid}; end it with Ctrl-C`);
  const startedAt = performance.now();
  const endsAt = startedAt + Number(seconds) * 1000;
  let statusAt = startedAt + STATUS_EVERY_MS;
  for (let roundTrips = 1; !end.signal.aborted && performance.now() < endsAt; roundTrips++) {
    await scenario.iterate();
    await sleep(everyMs);
    if (performance.now() < statusAt) continue;
    statusAt += STATUS_EVERY_MS;
    const heapMiB = process.memoryUsage().heapUsed / 2 ** 20;
    const elapsed = Math.round((performance.now() - startedAt) / 1000);
    console.log(`${elapsed} s: ${roundTrips} round trips, heap ${heapMiB.toFixed(1)} MiB`);
  }
  await scenario.teardown();
};
