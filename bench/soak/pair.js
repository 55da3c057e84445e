'use strict';

/**
 * A service twice, bare and recorded, both as old as the soak. They get the same bursts of requests in turn, so that
 * whatever else the machine does it does to both; what counts is the CPU time that each takes.
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');

const { cleanEnvironment } = require('../../__test__/support/run');
const { median } = require('../support/figures');

const root = path.join(__dirname, '..', '..');
const CONNECTIONS = 32;
/** Requests of a burst: some tenths of a second. */
const BURST = 1_500;
/** Bursts for each in one measurement. */
const TURNS = 6;
/** Before it: who was idle for half a minute has its budget whole, and pages to fetch. */
const AWAKE = 3_000;
/** Until V8 has optimised what it will. */
const WARMUP = 8_000;
const REQUEST = 'GET / HTTP/1.1\r\nHost: twin\r\n\r\n';
/** How a response ends. */
const END = '"}';

/**
 * @param {string} node the Node to run
 * @param {string} mode of the recorded one
 * @returns {Promise<{ measure(): Promise<{ ratio: number, bare: { us: number, rss: number }, recorded: { us: number, rss: number } }>, end(): void }>}
 * `us`: CPU time of a request
 */
async function createPair(node, mode) {
  const bare = await start(node, [], {});
  const recorded = await start(node, ['--require', path.join(root, 'js', 'register.js')], { LEAKLINE: mode });
  for (const twin of [bare, recorded]) await burst(twin, WARMUP);
  let isBareFirst = true;

  async function measure() {
    const spent = new Map([[bare, { us: 0, rss: 0 }], [recorded, { us: 0, rss: 0 }]]);
    const ratios = [];
    for (const twin of [bare, recorded]) await burst(twin, AWAKE);
    for (let turn = 0; turn < TURNS; turn++) {
      const us = new Map();
      // The second of a pair has the warmer caches of the client.
      isBareFirst = !isBareFirst;
      for (const twin of isBareFirst ? [bare, recorded] : [recorded, bare]) {
        const { cpuUs: from } = await ask(twin);
        await burst(twin, BURST);
        const { cpuUs: to, rss } = await ask(twin);
        us.set(twin, (to - from) / BURST);
        const sum = spent.get(twin);
        sum.us += us.get(twin) / TURNS;
        sum.rss = rss;
      }
      ratios.push(us.get(recorded) / us.get(bare));
    }
    return { ratio: median(ratios), bare: spent.get(bare), recorded: spent.get(recorded) };
  }

  function end() {
    for (const { child, sockets } of [bare, recorded]) {
      for (const socket of sockets) socket.destroy();
      child.disconnect();
    }
  }

  return { measure, end };
}

async function start(node, execArgv, env) {
  const child = fork(path.join(__dirname, 'twin.js'), [], { cwd: root, env: { ...cleanEnvironment(), ...env }, execPath: node, execArgv });
  process.once('exit', () => child.kill('SIGKILL'));
  const [{ port }] = await once(child, 'message');
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(port)));
  return { child, port, sockets };
}

async function connect(port) {
  const socket = net.connect(port, '127.0.0.1').setNoDelay().setEncoding('latin1');
  await once(socket, 'connect');
  return socket;
}

async function ask({ child }) {
  const answered = once(child, 'message');
  child.send('spent?');
  const [answer] = await answered;
  return answer;
}

/** So many requests over all connections, each of which asks when it has its answer. */
async function burst(twin, count) {
  // One that was idle for too long is closed by the service.
  twin.sockets = await Promise.all(twin.sockets.map((socket) => (socket.writable ? socket : connect(twin.port))));
  let left = count;
  await Promise.all(twin.sockets.map((socket) => new Promise((resolve, reject) => {
    let text = '';
    const next = () => (left-- > 0 ? socket.write(REQUEST) : end(resolve));
    const receive = (chunk) => {
      text += chunk;
      if (!text.endsWith(END)) return;
      text = '';
      next();
    };
    const fail = () => end(() => reject(new Error('a connection ended in a burst')));
    function end(settle) {
      socket.off('data', receive).off('close', fail);
      settle();
    }
    socket.on('data', receive).once('close', fail);
    next();
  })));
}

module.exports = { createPair };
