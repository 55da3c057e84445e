'use strict';

// node many-workers.js COUNT: so many workers of the soak, three at a time, and a report while they run.

const path = require('node:path');
const { Worker } = require('node:worker_threads');

const leakline = require('../..');

leakline.start({ mode: 'full' });
let left = Number(process.argv[2]);
for (let i = 0; i < 3; i++) next();

function next() {
  if (left-- <= 0) return;
  const worker = new Worker(path.join(__dirname, 'worker.js'));
  worker.once('online', () => leakline.report(leakline.snapshot({ gc: true })));
  worker.once('exit', (code) => {
    if (code !== 0) process.exitCode = 1;
    next();
  });
}
