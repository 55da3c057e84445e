'use strict';

/**
 * Timers: `setTimeout`, `setInterval`, `setImmediate` and what ends them.
 *
 * The real Timeout or Immediate is returned, stamped with its handle. That a one-shot timer fired
 * is seen by standing in for its callback inside the timer object (`_onTimeout`): one function for
 * all, which finds the callback in the timer's stamp. The function that the program passed is
 * called as it would have been, with the same `this` and arguments.
 */

const timers = require('node:timers');
const { Map, apply } = require('../originals.js');
const { noteOnce } = require('../faults.js');
const { wrap, heal } = require('./wrap.js');
const { Itself } = require('./stamp.js');

const { getPrototypeOf } = Object;
const originalSetTimeout = timers.setTimeout;
const originalSetImmediate = timers.setImmediate;

/** A timer's registration, and the callback that `fired` stands in for. */
class Stamp extends Itself {
  #handle = 0;
  #session = null;
  #callback = null;
  /** The number it was coerced to; 0 for none. */
  #id = 0;

  static of(timer, session) {
    return typeof timer === 'object' && timer !== null && #handle in timer && timer.#session === session;
  }

  static set(timer, handle, session, callback) {
    if (!(#handle in timer)) new Stamp(timer);
    timer.#handle = handle;
    timer.#session = session;
    timer.#callback = callback;
  }

  static setId(timer, id) {
    timer.#id = id;
  }

  static handle(timer) {
    return timer.#handle;
  }

  static renew(timer, handle) {
    timer.#handle = handle;
  }

  /** It has ended. The callback stays where Node keeps it too: after firing, not after clearing. */
  static end(timer, session, isCleared) {
    const handle = timer.#handle;
    if (handle !== 0) {
      timer.#handle = 0;
      session.ring.release(handle);
      if (timer.#id !== 0) {
        session.byId.delete(timer.#id);
        timer.#id = 0;
      }
    }
    if (isCleared) timer.#callback = null;
  }

  static fire(timer) {
    const session = timer.#session;
    if (timer.#handle !== 0 && session.active) Stamp.end(timer, session, false);
    return timer.#callback;
  }
}

/** Stands in for the callback of every one-shot timer. */
function fired() {
  const callback = Stamp.fire(this);
  return callback === null ? undefined : apply(callback, this, arguments);
}

/**
 * @param {import('../engine.js').Context} context
 * @returns {() => void} puts everything back
 */
function install(context) {
  const { ring, sampler, sites, kinds } = context;
  const session = { ring, active: true, byId: new Map() };
  const { timeoutPrototype, immediatePrototype } = prototypes();

  function register(kind, hook, subject, delay) {
    const weight = sampler.admit();
    if (weight < 0 || sites === null) return ring.register(kind, 0, 0, 0, delay);
    const detail = kind === kinds.immediate ? null : delay;
    return ring.register(kind, sites.find(kind, hook, () => subject, detail, showDelay), weight, 0, delay);
  }

  /** @param {string} slot where Node keeps the callback; null when firing does not end it */
  function hookSetting(kind, subject, prototype, slot) {
    return (patch) =>
      function set(_callback, _delay) {
        const timer = apply(patch.original, this, arguments);
        if (!patch.active) {
          heal(patch);
          return timer;
        }
        try {
          // Another patcher below us may return what it likes.
          if (typeof timer === 'object' && timer !== null && getPrototypeOf(timer) === prototype) {
            const delay = kind === kinds.immediate ? 0 : timer._idleTimeout;
            const handle = register(kind, patch.wrapper, subject, delay);
            const callback = slot === null ? null : timer[slot];
            Stamp.set(timer, handle, session, callback);
            if (callback !== null) timer[slot] = fired;
          }
        } catch (error) {
          noteOnce('a timer was not recorded', error);
        }
        return timer;
      };
  }

  /** Of the two classes each has functions of its own: `clearImmediate(timeout)` clears nothing. */
  function cleared(timer, prototype) {
    try {
      if (typeof timer === 'number' || typeof timer === 'string') timer = session.byId.get(Number(timer));
      if (Stamp.of(timer, session) && getPrototypeOf(timer) === prototype) Stamp.end(timer, session, true);
    } catch (error) {
      noteOnce("a timer's end was not recorded", error);
    }
  }

  /** `clearTimeout(timer)` and the like end their argument. */
  function hookClearing(prototype) {
    return (patch) =>
      function clear(timer) {
        if (patch.active) cleared(timer, prototype);
        else heal(patch);
        return apply(patch.original, this, arguments);
      };
  }

  /** `timer.close()` and the like end `this`. */
  function hookEnding(prototype) {
    return (patch) =>
      function close() {
        if (patch.active) cleared(this, prototype);
        else heal(patch);
        return apply(patch.original, this, arguments);
      };
  }

  /** `timer.refresh()` revives a timer that fired. */
  function hookRefreshing(patch) {
    return function refresh() {
      const result = apply(patch.original, this, arguments);
      if (patch.active) {
        try {
          // A cleared timer stays dead: Node has taken its callback away.
          if (Stamp.of(this, session) && Stamp.handle(this) === 0 && this._onTimeout && !this._destroyed) {
            Stamp.renew(this, register(kinds.timeout, patch.wrapper, 'setTimeout', this._idleTimeout));
          }
        } catch (error) {
          noteOnce('a timer was not recorded', error);
        }
      } else heal(patch);
      return result;
    };
  }

  /** `+timer` gives it a number that `clearTimeout` takes. */
  function hookCoercing(patch) {
    return function toPrimitive() {
      const id = apply(patch.original, this, arguments);
      if (patch.active) {
        if (Stamp.of(this, session) && Stamp.handle(this) !== 0 && typeof id === 'number') {
          Stamp.setId(this, id);
          session.byId.set(id, this); // Node holds it by this number as well, until it ends
        }
      } else heal(patch);
      return id;
    };
  }

  const patches = [];
  const places = [timers, globalThis];
  const wanted = (kind) => kinds[kind] !== undefined;
  if (wanted('timeout')) {
    patches.push(
      wrap(places, ['setTimeout'], hookSetting(kinds.timeout, 'setTimeout', timeoutPrototype, '_onTimeout')),
      wrap([timeoutPrototype], ['refresh'], hookRefreshing),
    );
  }
  if (wanted('interval')) {
    patches.push(wrap(places, ['setInterval'], hookSetting(kinds.interval, 'setInterval', timeoutPrototype, null)));
  }
  if (wanted('timeout') || wanted('interval')) {
    patches.push(
      // Each clears what the other set.
      wrap(places, ['clearTimeout'], hookClearing(timeoutPrototype)),
      wrap(places, ['clearInterval'], hookClearing(timeoutPrototype)),
      wrap([timeoutPrototype], ['close'], hookEnding(timeoutPrototype)),
      ...optional(timeoutPrototype, Symbol.dispose, hookEnding(timeoutPrototype)),
      ...optional(timeoutPrototype, Symbol.toPrimitive, hookCoercing),
    );
  }
  if (wanted('immediate')) {
    patches.push(
      wrap(
        places,
        ['setImmediate'],
        hookSetting(kinds.immediate, 'setImmediate', immediatePrototype, '_onImmediate'),
      ),
      wrap(places, ['clearImmediate'], hookClearing(immediatePrototype)),
      ...optional(immediatePrototype, Symbol.dispose, hookEnding(immediatePrototype)),
    );
  }
  return () => {
    session.active = false;
    session.byId.clear();
    patches.reverse().forEach((patch) => patch.undo());
  };
}

/** A method that not every Node version has. */
function optional(prototype, key, make) {
  return key !== undefined && typeof prototype[key] === 'function' ? [wrap([prototype], [key], make)] : [];
}

/** The classes are not exported; their instances know them. */
function prototypes() {
  const timeout = originalSetTimeout(() => {}, 0);
  const immediate = originalSetImmediate(() => {});
  timers.clearTimeout(timeout);
  timers.clearImmediate(immediate);
  return {
    timeoutPrototype: getPrototypeOf(timeout),
    immediatePrototype: getPrototypeOf(immediate),
  };
}

function showDelay(delay) {
  return `${delay} ms`;
}

module.exports = { install };
