'use strict';

// What reflection shows of a function and of the places that hold it.

const { EventEmitter } = require('node:events');
const timers = require('node:timers');
const promises = require('node:timers/promises');

const timeout = setTimeout(() => {}, 0);
const immediate = setImmediate(() => {});
clearTimeout(timeout);
clearImmediate(immediate);
const Timeout = Object.getPrototypeOf(timeout);
const Immediate = Object.getPrototypeOf(immediate);
const Scheduler = Object.getPrototypeOf(promises.scheduler);

/** Every place that leakline may patch: `[name, holder, key]`. */
const places = [
  ...['on', 'addListener', 'once', 'prependListener', 'prependOnceListener', 'off', 'removeListener', 'removeAllListeners', 'emit']
    .map((key) => [`EventEmitter.prototype.${key}`, EventEmitter.prototype, key]),
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate']
    .flatMap((key) => [[`globalThis.${key}`, globalThis, key], [`timers.${key}`, timers, key]]),
  ...['setTimeout', 'setInterval', 'setImmediate'].map((key) => [`timers/promises.${key}`, promises, key]),
  ...['wait', 'yield'].map((key) => [`scheduler.${key}`, Scheduler, key]),
  ...['refresh', 'close', 'ref', 'unref', 'hasRef', Symbol.toPrimitive, Symbol.dispose]
    .map((key) => [`Timeout.prototype.${String(key)}`, Timeout, key]),
  ...['ref', 'unref', 'hasRef', Symbol.dispose].map((key) => [`Immediate.prototype.${String(key)}`, Immediate, key]),
  ...['Map', 'Set'].flatMap((key) => [
    [`globalThis.${key}`, globalThis, key],
    [`${key}.prototype.constructor`, globalThis[key].prototype, 'constructor'],
    ...Reflect.ownKeys(globalThis[key].prototype)
      .filter((name) => name !== 'constructor')
      .map((name) => [`${key}.prototype.${String(name)}`, globalThis[key].prototype, name]),
  ]),
  ...['return', 'throw', 'next'].map((key) => [`setInterval.prototype.${key}`, promises.setInterval.prototype, key]),
].filter(([, holder]) => holder !== undefined);

/** The descriptors at all places, by name: undefined where there is none. */
function placesNow() {
  return new Map(places.map(([name, holder, key]) => [name, Object.getOwnPropertyDescriptor(holder, key)]));
}

/** Everything a function shows of itself but its source, in values that can be compared. */
function shapeOf(fn) {
  return {
    type: typeof fn,
    prototype: Object.getPrototypeOf(fn),
    isExtensible: Object.isExtensible(fn),
    own: Reflect.ownKeys(fn).map((key) => {
      const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(fn, key);
      // A function of leakline's that stands in for the original is compared on its own.
      return [String(key), typeof value === 'function' ? 'function' : value, get, set, flags];
    }),
  };
}

module.exports = { places, placesNow, shapeOf };
