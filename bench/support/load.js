'use strict';

// Requests to a service from as little code as possible: on two cores the generator must not be what is measured. One
// keep-alive connection has one request under way.

const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { Worker } = require('node:worker_threads');

const CONNECTIONS = 32;
const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n');
/** Until a run begins: its thread is awake by then. */
const AHEAD_MS = 5;
/** What could not be sent so long after the last was due is not sent. */
const GRACE_MS = 100;

/** Whether a socket has a descriptor that can be written to; without it there is no fixed rate. */
const canHoldRate = process.platform !== 'win32';
const clock = () => Number(process.hrtime.bigint()) / 1e6;
const shared = (Type) => new Type(new SharedArrayBuffer(CONNECTIONS * Type.BYTES_PER_ELEMENT));
/** As sender.js has it. Runs come one after the other: one thread serves them all. */
const state = { busy: shared(Int32Array), dueAt: shared(Float64Array), freed: shared(Int32Array) };
let sender = null;

/** Connects to a service; see `closed` and `open`. */
async function connectLoad(port) {
  /** What takes an answer, from a connection of the given number, and what takes a failure. */
  const run = { answered: () => {}, failed: () => {} };
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => connect(port, i, run)));
  return {
    closed: (requests) => closed(sockets, run, requests),
    open: (rate, ms) => open(sockets, run, rate, ms),
    close: () => sockets.forEach((socket) => socket.removeAllListeners().on('error', () => {}).destroy()),
  };
}

module.exports = { canHoldRate, connectLoad };

/** As fast as it answers: each connection sends its next when it has the last. Resolves to `{ requests, seconds }`. */
function closed(sockets, run, requests) {
  return new Promise((resolve, reject) => {
    const from = clock();
    let sent = Math.min(sockets.length, requests);
    let answered = 0;
    run.failed = reject;
    run.answered = (i) => {
      if (++answered === requests) resolve({ requests, seconds: (clock() - from) / 1000 });
      else if (sent++ < requests) sockets[i].write(REQUEST);
    };
    for (const socket of sockets.slice(0, sent)) socket.write(REQUEST);
  });
}

/**
 * At a constant rate, however fast it answers. A latency is from the moment that a request was due, so that one which
 * had to wait for a connection counts its waiting; that the generator woke late is no waiting.
 *
 * Resolves to `{ requests, latencies, isHeld }`, in milliseconds. It was held when, with the last request due, no more wait than
 * there are connections: one that lags by a hundredth of 5,000 a second has as many waiting after two thirds of a second.
 */
async function open(sockets, run, rate, ms) {
  const total = Math.max(1, Math.round((rate * ms) / 1000));
  const latencies = [];
  let inTime = 0;
  state.busy.fill(0);
  sender ??= startSender();
  const from = clock() + AHEAD_MS;
  let wanted = Infinity;
  let check = null;
  const all = new Promise((resolve, reject) => {
    check = () => latencies.length === wanted && resolve();
    run.failed = reject;
    run.answered = (i) => {
      const now = clock();
      latencies.push(now - state.dueAt[i]);
      if (now <= from + ms) inTime++;
      Atomics.store(state.busy, i, 0);
      Atomics.add(state.freed, 0, 1);
      Atomics.notify(state.freed, 0);
      check();
    };
  });
  // Waited for below: until then it is no unhandled one.
  all.catch(() => {});
  sender.postMessage({ fds: sockets.map((socket) => socket._handle.fd), request: REQUEST, from, stepMs: 1000 / rate, total, until: from + ms + GRACE_MS });
  const [{ sent, failure }] = await once(sender, 'message');
  if (failure) run.failed(new Error(failure));
  wanted = sent;
  check();
  await all;
  return { requests: sent, latencies, isHeld: total - inTime <= sockets.length };
}

function startSender() {
  const worker = new Worker(path.join(__dirname, 'sender.js'), { workerData: state });
  // Idle, it is no reason to stay.
  worker.unref();
  return worker;
}

function connect(port, i, run) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1').setNoDelay();
    let received = null;
    socket.once('connect', () => resolve(socket));
    socket.on('error', (error) => {
      reject(error);
      run.failed(error);
    });
    socket.on('close', () => run.failed(new Error('the service closed a connection')));
    socket.on('data', (chunk) => {
      received = received === null ? chunk : Buffer.concat([received, chunk]);
      const length = answerLength(received);
      if (length < 0) return run.failed(new Error(`the service answered ${received.toString('latin1', 0, 200)}`));
      if (length === 0 || received.length < length) return;
      received = null;
      run.answered(i);
    });
  });
}

/** The bytes of an answer with its head; 0 while the head is not all there, -1 for one that is no success. */
function answerLength(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return 0;
  const found = /^HTTP\/1\.1 200 .*\r\ncontent-length: (\d+)/is.exec(bytes.toString('latin1', 0, end));
  return found === null ? -1 : end + 4 + Number(found[1]);
}
