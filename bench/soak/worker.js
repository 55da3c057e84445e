'use strict';

// A worker of the soak: it records something, stops and starts recording for itself, and ends.

const { EventEmitter } = require('node:events');

const leakline = require('../..');

const emitter = new EventEmitter().setMaxListeners(0);
const maps = [];
for (let i = 0; i < 200; i++) {
  emitter.on(`event ${i % 7}`, () => maps.length);
  maps.push(new Map([[i, i]]));
  if (i % 50 === 0) {
    leakline.stop();
    leakline.start({ mode: process.env.LEAKLINE });
  }
}
const interval = setInterval(() => maps.pop(), 10);
setTimeout(() => {
  clearInterval(interval);
  if (leakline.snapshot().overhead.dropped > 0) throw new Error('events were dropped');
}, 500);
