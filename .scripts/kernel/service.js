'use strict';

// Leaks until it is killed: a listener with what it holds, each tick, on an emitter as old as the process.

const { EventEmitter } = require('node:events');

const bus = new EventEmitter().setMaxListeners(0);

setInterval(function subscribe() {
  const kept = Buffer.alloc(256 * 1024, 1);
  bus.on('change', function changed() {
    return kept.length;
  });
}, 200);
