'use strict';

// Requests to a service from as little code as possible: on two cores the generator must not be what is measured. One
// keep-alive connection has one request under way.

const net = require('node:net');

const CONNECTIONS = 32;
const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n');
/** An open run that has not answered so long after its last request was due has been overrun. */
const GRACE_MS = 100;

/** Connects to a service; see `closed` and `open`. */
async function connectLoad(port) {
  /** What takes an answer: `(connection) => void`, and what takes a failure. */
  const run = { answered: () => {}, failed: () => {} };
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(port, run)));
  return {
    closed: (requests) => closed(connections, run, requests),
    open: (rate, ms) => open(connections, run, rate, ms),
    close: () => connections.forEach(({ socket }) => socket.removeAllListeners().on('error', () => {}).destroy()),
  };
}

module.exports = { connectLoad };

/** As fast as it answers: each connection sends its next when it has the last. Resolves to `{ requests, seconds }`. */
function closed(connections, run, requests) {
  return new Promise((resolve, reject) => {
    const from = performance.now();
    let sent = Math.min(connections.length, requests);
    let answered = 0;
    run.failed = reject;
    run.answered = ({ socket }) => {
      if (++answered === requests) resolve({ requests, seconds: (performance.now() - from) / 1000 });
      else if (sent++ < requests) socket.write(REQUEST);
    };
    for (const { socket } of connections.slice(0, sent)) socket.write(REQUEST);
  });
}

/**
 * So many a second, evenly, however fast it answers. A latency is from the moment that a request was due, so that one which
 * had to wait for a connection counts its waiting. Spins instead of sleeping: timers know milliseconds only.
 *
 * Resolves to `{ requests, latencies, isHeld }`, in milliseconds. It was held when, with the last request due, no more wait than
 * there are connections: one that lags by a hundredth of 5,000 a second has as many waiting after two thirds of a second.
 */
function open(connections, run, rate, ms) {
  return new Promise((resolve, reject) => {
    const total = Math.max(1, Math.round((rate * ms) / 1000));
    const step = 1000 / rate;
    const free = [...connections];
    const latencies = [];
    const from = performance.now();
    let due = 0;
    let waiting = null;
    let isOver = false;

    /** Gives due requests to free connections; one that is late keeps its time. */
    const send = (now) => {
      while (due < total && free.length > 0 && from + due * step <= now) {
        const connection = free.pop();
        connection.dueAt = from + due++ * step;
        connection.socket.write(REQUEST);
      }
    };
    const finish = () => resolve({ requests: latencies.length, latencies, isHeld: waiting <= connections.length });
    run.failed = reject;
    run.answered = (connection) => {
      const now = performance.now();
      latencies.push(now - connection.dueAt);
      free.push(connection);
      if (isOver ? free.length === connections.length : latencies.length === total) finish();
      else if (!isOver) send(now);
    };
    const spin = () => {
      const now = performance.now();
      if (now > from + ms) waiting ??= total - latencies.length;
      // Nothing new is sent then: what is under way comes in, and what was never sent was not held.
      if (now > from + ms + GRACE_MS) isOver = true;
      else send(now);
      if (!isOver && latencies.length < total) setImmediate(spin);
      else if (isOver && free.length === connections.length) finish();
    };
    spin();
  });
}

function connect(port, run) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1').setNoDelay();
    const connection = { socket, dueAt: 0 };
    let received = null;
    socket.once('connect', () => resolve(connection));
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
      run.answered(connection);
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
