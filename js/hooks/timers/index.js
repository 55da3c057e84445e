'use strict';

/**
 * Timers: `setTimeout`, `setInterval`, `setImmediate` and what ends them. The real Timeout or Immediate is returned, with
 * its callback untouched.
 */

const timers = require('node:timers');
const { Map, apply } = require('../../base/originals.js');
const { fromLast, some } = require('../../base/primordials.js');
const { pendingErrors, MAX_PENDING } = require('../../base/internal-errors.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { wrap, wrapEach, heal } = require('../wrap.js');
const { createTimerRecords } = require('./records.js');

/**
 * @param {import('../context.js').Context} context
 * @returns {import('../context.js').Hook}
 */
function install(context) {
  const { kinds } = context;
  const records = createTimerRecords(context);
  const { record, clearedBy, liveOf, endIfCleared, revived, named } = records;

  function hookSetting(kind, name) {
    return (patch) =>
      function set(_callback, _delay) {
        let timer;
        try {
          timer = apply(patch.original, this, arguments);
        } catch (error) {
          throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
        }
        if (patch.active) {
          try {
            record(timer, kind, patch.wrapper, name);
          } catch (error) {
            if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: 'a timer was not recorded', error };
          }
        } else heal(patch);
        return timer;
      };
  }

  /** `clearTimeout(timer)` and the like clear their argument. */
  function hookClearing(patch) {
    return function clear(timer) {
      const cleared = clearedBy(timer);
      const life = patch.active ? liveOf(cleared) : null;
      let result;
      try {
        result = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (life !== null) endIfCleared(cleared, life);
      if (!patch.active) heal(patch);
      return result;
    };
  }

  /** `timer.close()` and the like clear `this`. */
  function hookEnding(patch) {
    return function close() {
      const life = patch.active ? liveOf(this) : null;
      let result;
      try {
        result = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (life !== null) endIfCleared(this, life);
      if (!patch.active) heal(patch);
      return result;
    };
  }

  /** `timer.refresh()` revives a timer that fired. Node calls it for each socket with a timeout whenever something is read or written. */
  function hookRefreshing(patch) {
    return function refresh() {
      let result;
      try {
        result = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (patch.active) {
        try {
          revived(this);
        } catch (error) {
          if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: 'a timer was not recorded', error };
        }
      } else heal(patch);
      return result;
    };
  }

  /** `+timer` gives it a number that `clearTimeout` takes. */
  function hookCoercing(patch) {
    return function toPrimitive() {
      let id;
      try {
        id = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (!patch.active) heal(patch);
      else if (typeof id === 'number') {
        try {
          named(this, String(id));
        } catch (error) {
          if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: "a timer's number was not recorded", error };
        }
      }
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
  const { timeoutPrototype, immediatePrototype } = records;
  if (kinds.timeout !== undefined) {
    patchAll('setTimeout', hookSetting(kinds.timeout, 'setTimeout'));
    patchMethod(timeoutPrototype, 'refresh', hookRefreshing);
  }
  if (kinds.interval !== undefined) patchAll('setInterval', hookSetting(kinds.interval, 'setInterval'));
  if (kinds.timeout !== undefined || kinds.interval !== undefined) {
    patchAll('clearTimeout', hookClearing); // each clears what the other set
    patchAll('clearInterval', hookClearing);
    patchMethod(timeoutPrototype, 'close', hookEnding);
    patchMethod(timeoutPrototype, Symbol.dispose, hookEnding);
    patchMethod(timeoutPrototype, Symbol.toPrimitive, hookCoercing);
  }
  if (kinds.immediate !== undefined) {
    patchAll('setImmediate', hookSetting(kinds.immediate, 'setImmediate'));
    patchAll('clearImmediate', hookClearing);
    patchMethod(immediatePrototype, Symbol.dispose, hookEnding);
  }
  return {
    /** A sandbox's functions are Node's, or ours when it was made after us. */
    adopt(realm) {
      if (realm === globalThis) return [];
      const isOurs = (value) => some(patches, ({ wrapper }) => wrapper === value);
      const adopted = [...makers].flatMap(([key, make]) =>
        typeof realm[key] === 'function' && !isOurs(realm[key]) ? wrap([realm], [key], make) : [],
      );
      return {
        renew: () => adopted.forEach((patch) => patch.renew()),
        undo: () => adopted.forEach((patch) => patch.undo()),
      };
    },

    undo() {
      records.end();
      fromLast(patches, (patch) => patch.undo());
    },
  };
}

module.exports = { install };
