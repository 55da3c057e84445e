'use strict';

/**
 * A service twice, bare and recorded, both as old as the soak. They get the same requests at the same rate in turn, so that
 * whatever else the machine does it does to both; what counts is the CPU time that each takes.
 */

const path = require('node:path');

const { BUSY } = require('../support/busy');
const { median } = require('../support/figures');
const { canHoldRate, connectLoad } = require('../support/load');
const { metered } = require('../support/metered');
const { startProcess } = require('../support/processes');

const register = path.join(__dirname, '..', '..', 'js', 'register.js');
/** The service that the promise is about. */
const serve = path.join(__dirname, '..', 'service', 'serve.js');
/** Requests a second, as the promise has it, for so long; as fast as it answers where no rate can be held. */
const RATE = 5_000;
const WINDOW_MS = 400;
const REQUESTS = (RATE * WINDOW_MS) / 1_000;
/** Windows for each in one measurement. */
const TURNS = 6;
/** Before it: who was idle for half a minute has its budget whole, and pages to fetch. */
const AWAKE = 3_000;
/** Until V8 has optimised what it will. */
const WARMUP = 8_000;

/**
 * @param {string} node the Node to run
 * @param {string} mode of the recorded one
 * @returns {Promise<{ measure(): Promise<{ ratio: number, bare: { us: number, rss: number }, recorded: { us: number, rss: number } }>, end(): Promise<void> }>}
 * `us`: CPU time of a request
 */
async function createPair(node, mode) {
  const bare = await start(node, {});
  const recorded = await start(node, { node: ['--require', register], env: { LEAKLINE: mode } });
  for (const { load } of [bare, recorded]) await load.closed(WARMUP);
  let isBareFirst = true;

  async function measure() {
    const spent = new Map([bare, recorded].map((twin) => [twin, { us: 0, rss: 0 }]));
    const ratios = [];
    for (const { load } of [bare, recorded]) await load.closed(AWAKE);
    for (let turn = 0; turn < TURNS; turn++) {
      const us = new Map();
      // The second of a pair has the warmer caches of the client.
      isBareFirst = !isBareFirst;
      for (const twin of isBareFirst ? [bare, recorded] : [recorded, bare]) {
        const { cpu, requests, rss } = await metered(twin.process, () => window(twin.load));
        us.set(twin, cpu / requests);
        const sum = spent.get(twin);
        sum.us += us.get(twin) / TURNS;
        sum.rss = rss;
      }
      ratios.push(us.get(recorded) / us.get(bare));
    }
    return { ratio: median(ratios), bare: spent.get(bare), recorded: spent.get(recorded) };
  }

  async function end() {
    for (const { load } of [bare, recorded]) load.close();
    await Promise.all([bare, recorded].map(({ process }) => process.end()));
  }

  return { measure, end };
}

async function start(execPath, { node = [], env }) {
  const process = await startProcess(serve, { node: [...BUSY, ...node], env, args: ['express'], execPath });
  return { process, load: await connectLoad(process.ready.port) };
}

const window = (load) => (canHoldRate ? load.open(RATE, WINDOW_MS) : load.closed(REQUESTS));

module.exports = { createPair };
