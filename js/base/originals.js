'use strict';

/**
 * What leakline itself calls, as it was when leakline was loaded: its own timers and Maps must
 * not show in a report, and must work while the program's are patched or faked.
 */

const timers = require('node:timers');
const { EventEmitter } = require('node:events');

const { Map: NativeMap, Set: NativeSet, WeakMap: NativeWeakMap, Error, Promise, SharedArrayBuffer } = globalThis;
const { apply, construct } = Reflect;
const { on, off } = EventEmitter.prototype;
const { addEventListener, removeEventListener } = EventTarget.prototype;
const { hrtime } = process;

/** Milliseconds. `performance` would bring modules of Node's that a service may never need, 80 KiB of its heap. */
function now() {
  // By index: taking it apart would call the iterator of arrays, which is the program's.
  const time = hrtime();
  return time[0] * 1e3 + time[1] / 1e6;
}

/**
 * Map, Set and WeakMap with methods of their own: what the program puts on `Map.prototype` is neither run
 * by leakline nor can it break it.
 */
class OwnMap extends NativeMap {
  constructor(entries) {
    super(entries);
  }
}
class OwnSet extends NativeSet {
  constructor(entries) {
    super(entries);
  }
}
class OwnWeakMap extends NativeWeakMap {
  constructor(entries) {
    super(entries);
  }
}

for (const [own, { prototype }] of [[OwnMap, NativeMap], [OwnSet, NativeSet], [OwnWeakMap, NativeWeakMap]]) {
  for (const key of Reflect.ownKeys(prototype)) {
    if (key !== 'constructor') Object.defineProperty(own.prototype, key, Object.getOwnPropertyDescriptor(prototype, key));
  }
  Object.setPrototypeOf(own.prototype, null);
}

module.exports = {
  NativeMap,
  NativeSet,
  Map: OwnMap,
  Set: OwnSet,
  WeakMap: OwnWeakMap,
  Error,
  Promise,
  SharedArrayBuffer,
  apply,
  construct,
  on,
  off,
  addEventListener,
  removeEventListener,
  setTimeout: timers.setTimeout,
  clearTimeout: timers.clearTimeout,
  setInterval: timers.setInterval,
  clearInterval: timers.clearInterval,
  setImmediate: timers.setImmediate,
  now,
};
