'use strict';

// The thread that sends requests at a fixed rate. A thread of its own can sleep for parts of a millisecond, which no timer of
// an event loop can; one that spins instead takes the core that the measured process's garbage collection wants. It writes
// to the sockets by their descriptors, and the answers arrive where the sockets are.

const fs = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');

/** What both threads see: `busy` by connection, `dueAt` by connection in ms of `clock()`, and how often one became free. */
const { busy, dueAt, freed } = workerData;
const never = new Int32Array(new SharedArrayBuffer(4));

/** The same clock in all threads, in ms. */
const clock = () => Number(process.hrtime.bigint()) / 1e6;

parentPort.on('message', (run) => {
  try {
    parentPort.postMessage({ sent: send(run) });
  } catch (error) {
    // The service has closed the connection, for instance.
    parentPort.postMessage({ sent: 0, failure: error.message });
  }
});

/** Sends `total` requests, one each `stepMs` from `from` on, but none after `until`; returns how many. */
function send({ fds, request, from, stepMs, total, until }) {
  // When this thread last woke: what was due before has not waited for the service but for us.
  let awake = from;
  for (let sent = 0; sent < total; ) {
    const due = from + sent * stepMs;
    const now = clock();
    if (now > until) return sent;
    if (now < due) {
      Atomics.wait(never, 0, 0, due - now);
      awake = clock();
      continue;
    }
    const seen = Atomics.load(freed, 0);
    const free = busy.findIndex((_, i) => i < fds.length && Atomics.load(busy, i) === 0);
    if (free === -1) {
      // All of them wait for their answer. The time that the request was due stays what it was.
      Atomics.wait(freed, 0, seen, until - now);
      continue;
    }
    dueAt[free] = Math.max(due, awake);
    Atomics.store(busy, free, 1);
    fs.writeSync(fds[free], request);
    sent++;
  }
  return total;
}
