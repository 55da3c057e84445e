'use strict';

// One round: a fresh process for each contender, all alive at once, and bursts of requests to each in turn.

const net = require('node:net');
const path = require('node:path');

const { BUSY } = require('../support/busy');
const { median, quantile } = require('../support/figures');
const { canHoldRate, connectLoad } = require('../support/load');
const { metered } = require('../support/metered');
const { inTurn, startProcess } = require('../support/processes');
const { contenders } = require('./contenders');

/** WebSockets that listen to the service that has them. */
const SUBSCRIBERS = 8;

/**
 * @param {string} service
 * @param {string[]} names of contenders
 * @param {{ rate: number, warm: number, warmBursts: number, bursts: number, burst: number, windows: number, windowMs: number, settledMs: number, env: object }} plan
 * `warm`, `burst`: requests, as fast as it answers; `windows`: at the fixed rate; `settledMs`: after their start none is measured before
 * @returns what each measured: `{ cpu, rate, rss, fixed }`, in µs a request, requests a second, and bytes after as many
 * requests as the others; `fixed` is null for one that cannot hold the rate
 */
async function measureRound(service, names, plan) {
  const all = [];
  try {
    for (const name of names) all.push(await start(service, name, plan));
    const from = performance.now();
    for (const one of all) await one.load.closed(plan.warm);
    // In turn, too: V8 tidies up a process that is idle for eight seconds, which then costs more for the next thousands of
    // requests, and those that were warmed first would have been idle longest.
    for (const { one } of inTurn(all, plan.warmBursts)) await one.load.closed(plan.burst);
    // leakline gives back what its start took after ten seconds: memory is that of a service that goes on.
    while (performance.now() - from < plan.settledMs) for (const one of all) await one.load.closed(plan.burst);
    for (const { one } of inTurn(all, plan.bursts)) one.bursts.push(await metered(one.process, () => one.load.closed(plan.burst)));
    for (const { one } of inTurn(all, canHoldRate ? plan.windows : 0)) {
      if (rateOf(one) > plan.rate) one.windows.push(await metered(one.process, () => one.load.open(plan.rate, plan.windowMs)));
    }
    return Object.fromEntries(all.map((one) => [one.name, figures(one)]));
  } finally {
    for (const { load, sockets } of all) [...sockets, load].forEach((each) => (each.destroy ?? each.close).call(each));
    await Promise.all(all.map(({ process }) => process.end()));
  }
}

module.exports = { measureRound };

async function start(service, name, { env }) {
  const { node = [], ...how } = contenders[name].how();
  const process = await startProcess(path.join(__dirname, 'serve.js'), { ...how, node: [...BUSY, ...node], args: [service], env: { ...how.env, ...env } });
  const { port } = process.ready;
  const sockets = service === 'backends' ? await Promise.all(Array.from({ length: SUBSCRIBERS }, () => subscribe(port))) : [];
  return { name, process, load: await connectLoad(port), sockets, bursts: [], windows: [] };
}

function figures({ bursts, windows }) {
  // By then most have the size that they keep.
  const rss = median(bursts.slice(bursts.length / 2).map((burst) => burst.rss));
  return { cpu: perRequest(bursts), rate: rateOf({ bursts }), rss, fixed: fixedFigures(windows) };
}

// Null unless most windows were held: the latencies of a queue that only grows are those of no service.
function fixedFigures(windows) {
  // Where the generator itself had no turn, nothing was measured.
  const held = windows.filter(({ isHeld, requests }) => isHeld && requests > 0);
  if (held.length <= windows.length / 2) return null;
  const at = (share) => median(held.map(({ latencies }) => quantile(latencies, share)));
  return { cpu: perRequest(held), p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function perRequest(runs) {
  const sum = (figure) => runs.reduce((total, run) => total + run[figure], 0);
  return sum('cpu') / sum('requests');
}

const rateOf = ({ bursts }) => median(bursts.map(({ requests, seconds }) => requests / seconds));

/** A WebSocket that reads what it is sent and understands nothing of it. */
function subscribe(port) {
  const head = ['GET / HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const key = Buffer.alloc(16).toString('base64');
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(`${[...head, `Sec-WebSocket-Key: ${key}`].join('\r\n')}\r\n\r\n`));
    socket.once('error', reject);
    socket.once('data', () => resolve(socket.resume()));
  });
}
