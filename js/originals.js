'use strict';

/**
 * What leakline itself calls, as it was when leakline was loaded: its own timers and Maps must
 * not show in a report, and must work while the program's are patched or faked.
 */

const timers = require('node:timers');

const { Map, Set, Error, Promise, SharedArrayBuffer } = globalThis;
const { apply, construct } = Reflect;

module.exports = {
  Map,
  Set,
  Error,
  Promise,
  SharedArrayBuffer,
  apply,
  construct,
  setTimeout: timers.setTimeout,
  setInterval: timers.setInterval,
  clearInterval: timers.clearInterval,
  setImmediate: timers.setImmediate,
  now: performance.now.bind(performance),
};
