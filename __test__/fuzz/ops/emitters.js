'use strict';

// EventEmitters: of many kinds, and what is done to them.

const { EventEmitter } = require('node:events');

class Sub extends EventEmitter {}

/** A class that does something of its own in `on`, as streams do. */
class Overriding extends EventEmitter {
  on(name, listener) {
    this.seen = (this.seen ?? 0) + 1;
    return super.on(name, listener);
  }
}

function Old() {
  EventEmitter.call(this);
}
Object.setPrototypeOf(Old.prototype, EventEmitter.prototype);

const heirsOf = new EventEmitter();

const kinds = {
  plain: () => new EventEmitter(),
  sub: () => new Sub(),
  over: () => new Overriding(),
  call: () => new Old(),
  capture: () => new EventEmitter({ captureRejections: true }),
  // Never initialised: `_events` comes with the first listener.
  bare: () => Object.create(EventEmitter.prototype),
  // What no count can follow.
  frozen: () => Object.freeze(new EventEmitter()),
  proxy: () => new Proxy(new EventEmitter(), {}),
  heir: () => Object.create(heirsOf),
  field: () => Object.assign(new EventEmitter(), { _events: undefined }),
  // Node itself listens on it, and this harness.
  process: () => process,
};
const countable = ['plain', 'sub', 'over', 'call', 'capture', 'bare', 'process'];

const symbol = Symbol('an event');
const CHURN = 80;

/** An event's name: JSON has no symbols and no objects with a `toString`. */
function nameOf(name) {
  if (name === 'symbol') return symbol;
  return typeof name === 'object' && name !== null ? { toString: () => name.toString } : name ?? undefined;
}

function setUp(world) {
  process.setMaxListeners(10);
  for (let slot = 0; slot < 4; slot++) ops.emitter(world, slot, 'plain');
}

/** What a program has put on process goes with it. */
function tearDown({ functions }) {
  for (const name of process.eventNames()) {
    const own = process.rawListeners(name).filter((listener) => functions.includes(listener.listener ?? listener));
    for (const listener of own) process.off(name, listener);
  }
}

const find = (world, slot) => (slot === -1 ? world.self : world.emitters[slot]);

function adding(method) {
  return (world, slot, name, listener) => {
    const emitter = find(world, slot);
    const given = typeof listener === 'number' ? world.functions[listener] : listener;
    const result = emitter[method](nameOf(name), given);
    world.oracle.sawListener(emitter);
    return result;
  };
}

function removing(method) {
  return (world, slot, name, listener) =>
    find(world, slot)[method](nameOf(name), typeof listener === 'number' ? world.functions[listener] : listener);
}

const ops = {
  emitter(world, slot, kind) {
    if (!countable.includes(kind)) world.isCountable = false;
    world.emitters[slot] = world.name(`e${slot}:${kind}`, kinds[kind]());
  },

  /** Another takes its place, and nobody holds it any more. */
  dropEmitter(world, slot) {
    ops.emitter(world, slot, 'plain');
  },

  on: adding('on'),
  addListener: adding('addListener'),
  once: adding('once'),
  prependListener: adding('prependListener'),
  prependOnceListener: adding('prependOnceListener'),
  off: removing('off'),
  removeListener: removing('removeListener'),
  removeAllListeners(world, slot, ...name) {
    const emitter = find(world, slot);
    const names = name.map(nameOf);
    // Without Node's own listeners there it is no process any more.
    if (emitter === process && (names.length === 0 || process.rawListeners(names[0]).some((listener) => !world.functions.includes(listener.listener ?? listener)))) return 'not of process';
    return emitter.removeAllListeners(...names);
  },
  emit: (world, slot, name, ...args) => find(world, slot).emit(nameOf(name), ...args),

  /** What comes and goes so often is not recorded any more by itself. */
  churn(world, slot, name, listener) {
    const emitter = find(world, slot);
    for (let i = 0; i < CHURN; i++) {
      emitter.on(name, world.functions[listener]);
      emitter.off(name, world.functions[listener]);
    }
    world.oracle.sawListener(emitter);
  },

  max: (world, slot, count) => find(world, slot).setMaxListeners(count).getMaxListeners(),

  /** What some programs do to an emitter behind everybody's back. */
  hack(world, slot, how) {
    const emitter = find(world, slot);
    if (emitter === process) return;
    world.isCountable = false;
    const events = emitter._events;
    if (how === 'delete') delete events?.a;
    else if (how === 'reset') emitter._events = undefined;
    else if (how === 'push') events.a = [world.functions[0], world.functions[1]];
    else if (Array.isArray(events?.a) && events.a.length > 2) events.a.pop();
  },
};

/** All that an emitter shows; one whose `_events` somebody wrote into may throw. */
function look(world) {
  for (const emitter of world.emitters) {
    try {
      show(world, emitter);
    } catch (error) {
      world.trace('showing throws', error);
    }
  }
}

function show(world, emitter) {
  const names = emitter.eventNames();
  world.trace('shows', emitter, names, Reflect.ownKeys(emitter).map(String));
  for (const name of names) {
    world.trace('  of', name, emitter.listenerCount(name), emitter.rawListeners(name), emitter.listeners(name));
  }
}

module.exports = { ops, setUp, tearDown, look };
