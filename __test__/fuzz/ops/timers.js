'use strict';

// Timeouts, intervals and immediates, and all that ends them.

const timers = require('node:timers');
const { promisify } = require('node:util');

const promises = require('node:timers/promises');

const holders = { globalThis, timers };

function setting(method) {
  return (world, slot, callback, ...rest) => {
    const [delay, count, holder] = method === 'setImmediate' ? [undefined, ...rest] : rest;
    const lane = method === 'setImmediate' ? 'immediate' : 'timeout';
    const args = Array.from({ length: count }, (_, i) => i);
    const given = [world.inLane(lane, callback, method === 'setInterval'), ...(method === 'setImmediate' ? [] : [delay]), ...args];
    const timer = holders[holder][method](...given);
    world.timers[slot] = world.name(`${method}:${slot}`, timer);
    world.oracle.sawTimer(method, timer);
    return [timer, timer.constructor.name, Reflect.ownKeys(timer).length, timer.hasRef()];
  };
}

/** A timer in a way that `clear…` takes; its number is no number that another process has. */
function as(timer, way) {
  if (way === 'object' || timer === undefined) return timer;
  if (typeof timer[Symbol.toPrimitive] !== 'function') return timer;
  return way === 'number' ? +timer : `${timer}`;
}

/** Given anything else, `clearImmediate` counts one immediate less, and Node forgets the last that is due. */
function miscounts(clear, timer) {
  return clear === 'clearImmediate' && Boolean(timer) && !('_onImmediate' in Object(timer));
}

const making = {
  timeout: (value) => promises.setTimeout(1, value),
  immediate: (value) => promises.setImmediate(value),
  promisified: (value) => promisify(setTimeout)(1, value),
  wait: () => promises.scheduler.wait(1),
  yield: () => promises.scheduler.yield(),
};

const ops = {
  setTimeout: setting('setTimeout'),
  setInterval: setting('setInterval'),
  setImmediate: setting('setImmediate'),

  clear(world, clear, slot, way, holder) {
    const timer = world.timers[slot];
    return miscounts(clear, timer) ? 'no immediate' : holders[holder][clear](as(timer, way));
  },

  clearOther: (world, clear, what) => (miscounts(clear, what) ? 'no immediate' : globalThis[clear](what)),

  method(world, slot, name) {
    const timer = world.timers[slot];
    const key = name === 'dispose' ? Symbol.dispose : name;
    if (typeof timer?.[key] !== 'function') return 'no such method';
    return timer[key]();
  },

  promise(world, how, value) {
    const lane = how === 'immediate' || how === 'yield' ? 'immediate' : 'timeout';
    // Traced where it is awaited: when it settles within its lane is Node's affair.
    world.pending.push(making[how](value).then((result) => `${lane} ${String(result)}`));
  },

  promiseAborted(world, how, value) {
    const controller = new AbortController();
    const promise = how === 'timeout' ? promises.setTimeout(60_000, value, { signal: controller.signal }) : promises.setImmediate(value, { signal: controller.signal });
    controller.abort();
    world.pending.push(promise.catch((error) => `${error.name} ${error.code} ${error.message}`));
  },
};

function setUp(world) {
  world.pending = [];
}

async function look(world) {
  for (const outcome of await Promise.all(world.pending.splice(0))) world.trace('promise', outcome);
  for (const timer of world.timers) {
    if (timer !== undefined) world.trace('shows', timer, timer.hasRef(), timer._destroyed, Reflect.ownKeys(timer).map(String).length);
  }
}

/** Nothing of a program goes on in the next. */
function tearDown(world) {
  for (const timer of world.oracle.timers()) {
    clearTimeout(timer);
    clearImmediate(timer);
  }
}

module.exports = { ops, setUp, look, tearDown };
