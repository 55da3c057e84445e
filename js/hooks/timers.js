'use strict';

/**
 * Timers: `setTimeout`, `setInterval`, `setImmediate` and what ends them.
 *
 * The real Timeout or Immediate is returned, with its callback untouched. Its registration lies where Node keeps its
 * arguments.
 */

const timers = require('node:timers');
const { Map, apply } = require('../originals.js');
const { unsaid, MAX_UNSAID } = require('../faults.js');
const { wrap, wrapEach, heal } = require('./wrap.js');
const { createTimerLives } = require('./timer-life.js');
const { timerRegistrar } = require('./timer-register.js');

const { getPrototypeOf } = Object;
const originalSetTimeout = timers.setTimeout;
const originalSetImmediate = timers.setImmediate;

/**
 * Node's classes are not exported, but their instances know them. These are ours with the same prototypes: V8 tells faster
 * that a timer is an instance than what its prototype is, and nobody else can say what an instance of ours is. They are the
 * same in each recording, for which V8 compiles what asks.
 */
let Timeout = null;
let Immediate = null;

/**
 * @param {import('../engine.js').Context} context
 * @returns {import('./index.js').Hook}
 */
function install(context) {
  if (Immediate === null) learnClasses();
  const { ring, kinds, windows } = context;
  const { register } = timerRegistrar(context);
  const lives = createTimerLives(ring);
  const { Life, byId } = lives;
  /** Timers of tests: fake timers may put back functions of Node that were there before ours. */
  let ofTests = [];
  let enough = 1_000;

  /** What is known of a timer of this recording; null for another, and for what is none. */
  function lifeOf(timer) {
    if (typeof timer !== 'object' || timer === null) return null;
    if (timer instanceof Timeout) return Life.in(timer._timerArgs);
    return timer instanceof Immediate ? Life.in(timer._argv) : null;
  }

  function record(timer, kind, hook, subject) {
    const isImmediate = kind === kinds.immediate;
    // Another patcher may return what it likes, or call a function that we patched as well.
    if (!(isImmediate ? timer instanceof Immediate : timer instanceof Timeout) || !isItself(timer)) return;
    const given = isImmediate ? timer._argv : timer._timerArgs;
    if (given !== undefined && Life.isLive(Life.in(given))) return;
    let life;
    if (isImmediate) {
      if (typeof timer._onImmediate !== 'function') return;
      life = timer._argv = new Life(register(kind, hook, subject, 0), timer, given);
    } else {
      const handle = register(kind, hook, subject, timer._idleTimeout);
      life = timer._timerArgs = new Life(handle, kind === kinds.timeout ? timer : null, given);
    }
    if (windows.current === 0 || !Life.isLive(life)) return;
    ofTests.push(Life.keep(life, timer));
    if (ofTests.length > enough) endCleared();
  }

  function hookSetting(kind, subject) {
    return (patch) =>
      function set(_callback, _delay) {
        const timer = apply(patch.original, this, arguments);
        if (!patch.active) {
          heal(patch);
          return timer;
        }
        try {
          record(timer, kind, patch.wrapper, subject);
        } catch (error) {
          if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: 'a timer was not recorded', error };
        }
        return timer;
      };
  }

  /** What may be cleared now, looked up before it is: from Node 24 on its arguments are gone then. */
  function liveOf(timer) {
    try {
      const life = lifeOf(timer);
      return Life.isLive(life) ? life : null;
    } catch (error) {
      if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: "a timer's end was not recorded", error };
      return null;
    }
  }

  /** A registration ends when Node has taken the callback away: it knows what clears what. */
  function endIfCleared(timer, life) {
    try {
      if (isOver(timer)) Life.end(life);
    } catch (error) {
      if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: "a timer's end was not recorded", error };
    }
  }

  /** Ends the tests' timers that were cleared behind our back: Node lets go of a timer when it is over. */
  function endCleared() {
    ofTests = ofTests.filter((kept) => {
      const timer = kept.reference.deref();
      if (kept.handle !== 0 && (timer === undefined || isOver(timer))) Life.endKept(kept);
      return kept.handle !== 0;
    });
    enough = ofTests.length * 2 + 1_000;
  }

  /** `clearTimeout(timer)` and the like clear their argument. */
  function hookClearing(patch) {
    return function clear(timer) {
      // By its number a timer must be looked up before it is gone.
      const cleared = typeof timer === 'number' || typeof timer === 'string' ? byId.get(String(timer)) : timer;
      const life = patch.active ? liveOf(cleared) : null;
      const result = apply(patch.original, this, arguments);
      if (life !== null) endIfCleared(cleared, life);
      if (!patch.active) heal(patch);
      return result;
    };
  }

  /** `timer.close()` and the like clear `this`. */
  function hookEnding(patch) {
    return function close() {
      const life = patch.active ? liveOf(this) : null;
      const result = apply(patch.original, this, arguments);
      if (life !== null) endIfCleared(this, life);
      if (!patch.active) heal(patch);
      return result;
    };
  }

  /** `timer.refresh()` revives a timer that fired. */
  function hookRefreshing(patch) {
    return function refresh() {
      const result = apply(patch.original, this, arguments);
      if (patch.active) {
        try {
          const life = lifeOf(this);
          // A cleared timer stays dead: Node has taken its callback away.
          if (life !== null && !Life.isLive(life) && this._onTimeout && !this._destroyed) {
            Life.revive(life, register(kinds.timeout, patch.wrapper, 'setTimeout', this._idleTimeout));
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
      else if (typeof id === 'number') named(this, String(id));
      return id;
    };
  }

  function named(timer, id) {
    try {
      const life = lifeOf(timer);
      if (Life.isLive(life)) Life.setId(life, id, timer);
    } catch (error) {
      if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: "a timer's number was not recorded", error };
    }
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
    patchAll('setTimeout', hookSetting(kinds.timeout, 'setTimeout'));
    patchMethod(Timeout.prototype, 'refresh', hookRefreshing);
  }
  if (kinds.interval !== undefined) {
    patchAll('setInterval', hookSetting(kinds.interval, 'setInterval'));
  }
  if (kinds.timeout !== undefined || kinds.interval !== undefined) {
    patchAll('clearTimeout', hookClearing); // each clears what the other set
    patchAll('clearInterval', hookClearing);
    patchMethod(Timeout.prototype, 'close', hookEnding);
    patchMethod(Timeout.prototype, Symbol.dispose, hookEnding);
    patchMethod(Timeout.prototype, Symbol.toPrimitive, hookCoercing);
  }
  if (kinds.immediate !== undefined) {
    patchAll('setImmediate', hookSetting(kinds.immediate, 'setImmediate'));
    patchAll('clearImmediate', hookClearing);
    patchMethod(Immediate.prototype, Symbol.dispose, hookEnding);
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
      lives.end();
      ofTests = [];
      patches.reverse().forEach((patch) => patch.undo());
    },
  };
}

/** Whether it is a timer that was just made, and nothing that inherits from one: by the list that it is in, or else by its class. */
function isItself(timer) {
  if (timer._idlePrev?._idleNext === timer) return true;
  const prototype = getPrototypeOf(timer);
  return prototype === Timeout.prototype || prototype === Immediate.prototype;
}

/** Node knows what clears what: it takes the callback away. */
function isOver(timer) {
  return (timer._onTimeout ?? timer._onImmediate ?? null) === null;
}

function learnClasses() {
  const timeout = originalSetTimeout(() => {}, 0);
  const immediate = originalSetImmediate(() => {});
  timers.clearTimeout(timeout);
  timers.clearImmediate(immediate);
  Timeout = classLike(timeout);
  Immediate = classLike(immediate);
}

function classLike(instance) {
  function Class() {}
  Class.prototype = getPrototypeOf(instance);
  return Class;
}

module.exports = { install };
