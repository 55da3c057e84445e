'use strict';

/**
 * Timers: `setTimeout`, `setInterval`, `setImmediate` and what ends them.
 *
 * The real Timeout or Immediate is returned, with its callback untouched, stamped with its handle.
 * That a one-shot timer fires is seen by its arguments: Node reads their length (of a Timeout) or
 * iterates them (of an Immediate) at the moment it calls the callback, and at no other.
 */

const timers = require('node:timers');
const { Map, apply } = require('../originals.js');
const { unsaid, MAX_UNSAID } = require('../faults.js');
const { wrap, wrapEach, heal } = require('./wrap.js');
const { Itself } = require('./stamp.js');
const { timerRegistrar } = require('./timer-register.js');

const { getPrototypeOf } = Object;
const originalSetTimeout = timers.setTimeout;
const originalSetImmediate = timers.setImmediate;
const arrayIterator = Array.prototype[Symbol.iterator];

/** A timer's registration. */
class Stamp extends Itself {
  #handle = 0;
  #session = null;
  /** What it was coerced to; null when it was not. */
  #id = null;
  /** What is kept of it where it is a test's. */
  #kept = null;

  static of(timer, session) {
    return typeof timer === 'object' && timer !== null && #handle in timer && timer.#session === session;
  }

  static isLive(timer, session) {
    return Stamp.of(timer, session) && timer.#handle !== 0;
  }

  static set(timer, handle, session) {
    if (!(#handle in timer)) new Stamp(timer);
    timer.#handle = handle;
    timer.#session = session;
    timer.#kept = null;
  }

  /** The same handle for who may find the timer gone. */
  static keep(timer) {
    timer.#kept = { reference: new WeakRef(timer), handle: timer.#handle };
    return timer.#kept;
  }

  static setId(timer, id) {
    timer.#id = id;
    timer.#session.byId.set(id, timer);
  }

  /** It fires. This runs inside of Node, which calls the callback next whatever happens here. */
  static fire(timer) {
    try {
      Stamp.end(timer);
    } catch (error) {
      if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: "a timer's end was not recorded", error };
    }
  }

  static end(timer) {
    const { ring, byId, active } = timer.#session;
    const handle = timer.#handle;
    timer.#handle = 0;
    if (timer.#kept !== null) timer.#kept.handle = 0;
    if (!active || handle === 0) return;
    ring.release(handle);
    if (timer.#id !== null) byId.delete(timer.#id);
    timer.#id = null;
  }
}

/** A Timeout's arguments, array-like: Node asks for their length when it fires. */
class TimeoutArguments {
  #timer;
  #count = 0;

  constructor(timer, given) {
    this.#timer = timer;
    if (given === undefined) return;
    for (let i = 0; i < given.length; i++) this[i] = given[i];
    this.#count = given.length;
  }

  get length() {
    // When it fires Node has taken it out of its list; others may look at it before.
    if (!this.#timer._idleNext) Stamp.fire(this.#timer);
    return this.#count;
  }
}

/** Iterates nothing; one for all immediates without arguments, which are most. */
const done = { done: true, value: undefined };
const nothing = { next: () => done };

/** An Immediate's arguments, iterable: Node spreads them when it runs. */
class ImmediateArguments {
  #timer;
  #given;

  constructor(timer, given) {
    this.#timer = timer;
    this.#given = given;
  }

  [Symbol.iterator]() {
    Stamp.fire(this.#timer);
    return this.#given === undefined ? nothing : apply(arrayIterator, this.#given, []);
  }
}

/**
 * @param {import('../engine.js').Context} context
 * @returns {import('./index.js').Hook}
 */
function install(context) {
  const { ring, kinds, windows } = context;
  const { register } = timerRegistrar(context);
  const session = { ring, active: true, byId: new Map() };
  const { timeoutPrototype, immediatePrototype } = prototypes();
  /** Timers of tests: fake timers may put back functions of Node that were there before ours. */
  let ofTests = [];
  let enough = 1_000;

  function record(timer, kind, hook, subject) {
    recordTimer(timer, kind, hook, subject);
    if (windows.current === 0 || !Stamp.isLive(timer, session)) return;
    ofTests.push(Stamp.keep(timer));
    if (ofTests.length > enough) endCleared();
  }

  function recordTimer(timer, kind, hook, subject) {
    if (kind === kinds.immediate) {
      if (typeof timer._onImmediate !== 'function') return;
      Stamp.set(timer, register(kind, hook, subject, 0), session);
      timer._argv = new ImmediateArguments(timer, timer._argv);
      return;
    }
    Stamp.set(timer, register(kind, hook, subject, timer._idleTimeout), session);
    if (kind === kinds.timeout) timer._timerArgs = new TimeoutArguments(timer, timer._timerArgs);
  }

  function hookSetting(kind, subject, prototype) {
    return (patch) =>
      function set(_callback, _delay) {
        const timer = apply(patch.original, this, arguments);
        if (!patch.active) {
          heal(patch);
          return timer;
        }
        try {
          // Another patcher may return what it likes, or call a function that we patched as well.
          const isOne = typeof timer === 'object' && timer !== null && getPrototypeOf(timer) === prototype;
          if (isOne && !Stamp.isLive(timer, session)) record(timer, kind, patch.wrapper, subject);
        } catch (error) {
          if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: 'a timer was not recorded', error };
        }
        return timer;
      };
  }

  /** A registration ends when Node has taken the callback away: it knows what clears what. */
  function endIfCleared(timer) {
    try {
      if (!Stamp.isLive(timer, session)) return;
      const callback = getPrototypeOf(timer) === immediatePrototype ? timer._onImmediate : timer._onTimeout;
      if (callback === null || callback === undefined) Stamp.end(timer);
    } catch (error) {
      if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: "a timer's end was not recorded", error };
    }
  }

  /** Ends the tests' timers that were cleared behind our back. */
  function endCleared() {
    ofTests = ofTests.filter((kept) => {
      const timer = kept.reference.deref();
      if (timer !== undefined) endIfCleared(timer);
      // Node lets go of a timer when it is over.
      else if (kept.handle !== 0) ring.release(kept.handle);
      return timer !== undefined && kept.handle !== 0;
    });
    enough = ofTests.length * 2 + 1_000;
  }

  /** `clearTimeout(timer)` and the like clear their argument. */
  function hookClearing(patch) {
    return function clear(timer) {
      const isNumber = typeof timer === 'number' || typeof timer === 'string';
      // By its number a timer must be looked up before it is gone.
      const cleared = isNumber ? session.byId.get(String(timer)) : timer;
      const result = apply(patch.original, this, arguments);
      if (patch.active) endIfCleared(cleared);
      else heal(patch);
      return result;
    };
  }

  /** `timer.close()` and the like clear `this`. */
  function hookEnding(patch) {
    return function close() {
      const result = apply(patch.original, this, arguments);
      if (patch.active) endIfCleared(this);
      else heal(patch);
      return result;
    };
  }

  /** `timer.refresh()` revives a timer that fired. */
  function hookRefreshing(patch) {
    return function refresh() {
      const result = apply(patch.original, this, arguments);
      if (patch.active) {
        try {
          // A cleared timer stays dead: Node has taken its callback away.
          if (Stamp.of(this, session) && !Stamp.isLive(this, session) && this._onTimeout && !this._destroyed) {
            Stamp.set(this, register(kinds.timeout, patch.wrapper, 'setTimeout', this._idleTimeout), session);
          }
        } catch (error) {
          if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: 'a timer was not recorded', error };
        }
      } else heal(patch);
      return result;
    };
  }

  /** `+timer` gives it a number that `clearTimeout` takes. */
  function hookCoercing(patch) {
    return function toPrimitive() {
      const id = apply(patch.original, this, arguments);
      if (!patch.active) heal(patch);
      // Node holds it by this number as well, until it ends.
      else if (typeof id === 'number' && Stamp.isLive(this, session)) Stamp.setId(this, String(id));
      return id;
    };
  }

  const patches = [];
  /** What makes the hook of each function, by name. */
  const makers = new Map();
  const patchAll = (key, make) => {
    makers.set(key, make);
    patches.push(...wrapEach([timers, globalThis], [key], make));
  };
  const patchMethod = (prototype, key, make) => {
    // Not every Node version has every method.
    if (key !== undefined && typeof prototype[key] === 'function') patches.push(wrap([prototype], [key], make));
  };
  if (kinds.timeout !== undefined) {
    patchAll('setTimeout', hookSetting(kinds.timeout, 'setTimeout', timeoutPrototype));
    patchMethod(timeoutPrototype, 'refresh', hookRefreshing);
  }
  if (kinds.interval !== undefined) {
    patchAll('setInterval', hookSetting(kinds.interval, 'setInterval', timeoutPrototype));
  }
  if (kinds.timeout !== undefined || kinds.interval !== undefined) {
    patchAll('clearTimeout', hookClearing); // each clears what the other set
    patchAll('clearInterval', hookClearing);
    patchMethod(timeoutPrototype, 'close', hookEnding);
    patchMethod(timeoutPrototype, Symbol.dispose, hookEnding);
    patchMethod(timeoutPrototype, Symbol.toPrimitive, hookCoercing);
  }
  if (kinds.immediate !== undefined) {
    patchAll('setImmediate', hookSetting(kinds.immediate, 'setImmediate', immediatePrototype));
    patchAll('clearImmediate', hookClearing);
    patchMethod(immediatePrototype, Symbol.dispose, hookEnding);
  }
  context.onLook(endCleared);
  return {
    /** A sandbox's functions are Node's, or ours when it was made after us. */
    adopt(realm) {
      if (realm === globalThis) return [];
      const isOurs = (value) => patches.some(({ wrapper }) => wrapper === value);
      const adopted = [...makers].flatMap(([key, make]) =>
        typeof realm[key] === 'function' && !isOurs(realm[key]) ? wrap([realm], [key], make) : [],
      );
      return {
        renew: () => adopted.forEach((patch) => patch.renew()),
        undo: () => adopted.forEach((patch) => patch.undo()),
      };
    },

    undo() {
      session.active = false;
      session.ring = null; // timers that go on must not keep it
      session.byId.clear();
      ofTests = [];
      patches.reverse().forEach((patch) => patch.undo());
    },
  };
}

/** The classes are not exported; their instances know them. */
function prototypes() {
  const timeout = originalSetTimeout(() => {}, 0);
  const immediate = originalSetImmediate(() => {});
  timers.clearTimeout(timeout);
  timers.clearImmediate(immediate);
  return { timeoutPrototype: getPrototypeOf(timeout), immediatePrototype: getPrototypeOf(immediate) };
}

module.exports = { install };
