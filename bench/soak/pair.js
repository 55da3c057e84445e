'use strict';

/**
 * A service twice, bare and recorded, both as old as the soak. They get the same requests at the same rate in turn, so that
 * whatever else the machine does it does to both; what counts is the CPU time that each takes.
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

const { cleanEnvironment } = require('../../__test__/support/run');
const { later, median } = require('../support/figures');
const { canHoldRate, connectLoad } = require('../support/load');

const root = path.join(__dirname, '..', '..');
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
/** leakline's collector takes what lies in the ring within 20 ms: its work on a window is the window's. */
const SETTLE_MS = 25;

/**
 * @param {string} node the Node to run
 * @param {string} mode of the recorded one
 * @returns {Promise<{ measure(): Promise<{ ratio: number, bare: { us: number, rss: number }, recorded: { us: number, rss: number } }>, end(): void }>}
 * `us`: CPU time of a request
 */
async function createPair(node, mode) {
  const bare = await start(node, [], {});
  const recorded = await start(node, ['--require', path.join(root, 'js', 'register.js')], { LEAKLINE: mode });
  for (const { port } of [bare, recorded]) await loaded(port, (load) => load.closed(WARMUP));
  let isBareFirst = true;

  function measure() {
    // Connections that were idle for so long are closed by then.
    return loaded(bare.port, (one) => loaded(recorded.port, (other) => compare(new Map([[bare, one], [recorded, other]]))));
  }

  async function compare(loads) {
    const spent = new Map([bare, recorded].map((twin) => [twin, { us: 0, rss: 0 }]));
    const ratios = [];
    for (const load of loads.values()) await load.closed(AWAKE);
    for (let turn = 0; turn < TURNS; turn++) {
      const us = new Map();
      // The second of a pair has the warmer caches of the client.
      isBareFirst = !isBareFirst;
      for (const twin of isBareFirst ? [bare, recorded] : [recorded, bare]) {
        const { cpuUs: from } = await ask(twin);
        const { requests } = await (canHoldRate ? loads.get(twin).open(RATE, WINDOW_MS) : loads.get(twin).closed(REQUESTS));
        await later(SETTLE_MS);
        const { cpuUs: to, rss } = await ask(twin);
        us.set(twin, (to - from) / requests);
        const sum = spent.get(twin);
        sum.us += us.get(twin) / TURNS;
        sum.rss = rss;
      }
      ratios.push(us.get(recorded) / us.get(bare));
    }
    return { ratio: median(ratios), bare: spent.get(bare), recorded: spent.get(recorded) };
  }

  return { measure, end: () => [bare, recorded].forEach(({ child }) => child.disconnect()) };
}

async function start(node, execArgv, env) {
  const child = fork(path.join(__dirname, 'twin.js'), [], { cwd: root, env: { ...cleanEnvironment(), ...env }, execPath: node, execArgv });
  process.once('exit', () => child.kill('SIGKILL'));
  const [{ port }] = await once(child, 'message');
  return { child, port };
}

/** Connects for as long as `use` takes. */
async function loaded(port, use) {
  const load = await connectLoad(port);
  try {
    return await use(load);
  } finally {
    load.close();
  }
}

async function ask({ child }) {
  const answered = once(child, 'message');
  child.send('spent?');
  const [answer] = await answered;
  return answer;
}

module.exports = { createPair };
