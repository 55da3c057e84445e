'use strict';

/**
 * `node:timers/promises`, and with it `util.promisify(setTimeout)`, which Node looks up there.
 *
 * The promise is returned as Node made it. Without options it cannot be rejected, so a reaction
 * says when it is fulfilled; with options a reaction could hide a rejection that nobody handles,
 * so its end follows from its delay and its signal, at the next sample.
 */

const promises = require('node:timers/promises');
const { Map, Promise, apply, now } = require('../../base/originals.js');
const { deleteProperty, forEach, fromLast, max, nextOf, trunc } = require('../../base/primordials.js');
const { pendingErrors, MAX_PENDING } = require('../../base/internal-errors.js');
const { rejectingWithoutOurs, withoutOurs } = require('../../base/own-frames.js');
const { wrap, heal } = require('../wrap.js');
const { FieldHost } = require('../private-field.js');
const { timerRegistrar } = require('./register.js');

const { then } = Promise.prototype;
const { getOwnPropertyDescriptor, defineProperty } = Object;

/** An async iterator's registration. */
class PrivateField extends FieldHost {
  #life = null;

  constructor(object) {
    super(object);
  }

  static set(iterator, life) {
    new PrivateField(iterator).#life = life;
  }

  static notify(iterator, what) {
    if (typeof iterator === 'object' && iterator !== null && #life in iterator) iterator.#life[what]();
  }
}

/**
 * @param {import('../context.js').Context} context
 * @returns {import('../context.js').Hook}
 */
function install(context) {
  const { ring, kinds } = context;
  const { siteOf, register } = timerRegistrar(context);
  /** By handle, what may not announce its end: when it is due (ms), and the signal that may end it before. */
  const watched = new Map();
  let isActive = true;

  function watch(handle, due, signal) {
    const life = { handle, due, signal };
    watched.set(handle, life);
    return life;
  }

  function end(life) {
    // A handle is given out again, a life ends once.
    if (!isActive || watched.get(life.handle) !== life) return;
    watched.delete(life.handle);
    ring.release(life.handle);
  }

  let rest = watched.values();

  /** Ends what is due or aborted, of up to `limit`; goes on there the next time. */
  function look(limit) {
    const time = now();
    for (let i = 0; i < limit; i++) {
      const { done, value: life } = nextOf(rest);
      if (done) {
        rest = watched.values();
        return;
      }
      if (time >= life.due || isAborted(life.signal)) end(life);
    }
  }

  function hookPromise(kind, subject, optionsAt) {
    return (patch) =>
      function set() {
        let promise;
        try {
          promise = apply(patch.original, this, arguments);
        } catch (error) {
          throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
        }
        if (!patch.active) {
          heal(patch);
          return promise;
        }
        try {
          const delay = kind === kinds.immediate ? 0 : delayOf(arguments[0]);
          const options = arguments[optionsAt];
          const isPlain = options === undefined && (optionsAt === 1 || isDelay(arguments[0]));
          const signal = signalOf(options);
          // What is aborted already, or refused for its arguments, has not come to life.
          if (delay >= 0 && areAccepted(options) && !isAborted(signal)) {
            const handle = register(kind, patch.wrapper, subject, delay);
            const life = watch(handle, now() + delay + 1, signal);
            if (isPlain) apply(then, promise, [() => end(life)]);
          } else {
            // It is rejected, with an error that was made while we were called.
            return apply(then, promise, [undefined, rejectingWithoutOurs(patch.wrapper)]);
          }
        } catch (error) {
          if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: 'a timer was not recorded', error };
        }
        return promise;
      };
  }

  /** The iterator lives from its first `next`, which starts the timer, to its `return`. */
  function hookIterator(patch) {
    return function setInterval() {
      let iterator;
      try {
        iterator = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (!patch.active) {
        heal(patch);
        return iterator;
      }
      try {
        const delay = delayOf(arguments[0]);
        const signal = signalOf(arguments[2]);
        const weight = context.samplers.timer.admit();
        const site = weight < 0 ? 0 : siteOf(kinds.interval, patch.wrapper, 'setInterval', delay);
        let life = null;
        PrivateField.set(iterator, {
          begin() {
            if (life !== null || !isActive || isAborted(signal)) return;
            life = watch(ring.register(kinds.interval, site, max(weight, 0), 0, delay), Infinity, signal);
          },
          end() {
            if (life !== null) end(life);
          },
        });
      } catch (error) {
        if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: 'a timer was not recorded', error };
      }
      return iterator;
    };
  }

  const undo = [];
  const patch = (holder, key, make) => {
    const made = wrap([holder], [key], make);
    undo.push(made.undo);
    return made;
  };
  if (kinds.timeout !== undefined) {
    patch(promises, 'setTimeout', hookPromise(kinds.timeout, 'setTimeout', 2));
    const scheduler = promises.scheduler && Object.getPrototypeOf(promises.scheduler);
    if (typeof scheduler?.wait === 'function') {
      patch(scheduler, 'wait', hookPromise(kinds.timeout, 'scheduler.wait', 1));
    }
  }
  if (kinds.immediate !== undefined) {
    patch(promises, 'setImmediate', hookPromise(kinds.immediate, 'setImmediate', 1));
  }
  if (kinds.interval !== undefined) {
    const { original } = patch(promises, 'setInterval', hookIterator);
    undo.push(watchIterators(original.prototype));
  }
  context.onTick(() => look(max(2_000, watched.size >> 2)));
  context.onLook(() => {
    rest = watched.values();
    look(Infinity);
  });
  return {
    undo() {
      isActive = false;
      watched.clear();
      fromLast(undo, (restore) => restore());
    },
  };
}

/**
 * Iterators inherit their methods through their generator function's own prototype object, which
 * is nobody else's: there the life of one can be seen without touching it.
 */
function watchIterators(prototype) {
  if (prototype === undefined || prototype === null) throw new TypeError('setInterval makes no generator');
  const watched = [
    ['next', 'begin'],
    ['return', 'end'],
    ['throw', 'end'],
  ];
  for (const [key, what] of watched) {
    const inherited = prototype[key];
    const watching = {
      [key]() {
        PrivateField.notify(this, what);
        return apply(inherited, this, arguments);
      },
    }[key];
    defineProperty(prototype, key, { value: watching, writable: true, enumerable: false, configurable: true });
  }
  return () => forEach(watched, (each) => deleteProperty(prototype, each[0]));
}

function isDelay(delay) {
  return delay === undefined || typeof delay === 'number';
}

/** What Node makes of a delay; -1 for one it refuses. */
function delayOf(delay) {
  if (!isDelay(delay)) return -1;
  return delay >= 1 && delay <= 0x7fffffff ? trunc(delay) : 1;
}

/** Whether Node accepts the options, as far as can be known without running the program's getters. */
function areAccepted(options) {
  if (options === undefined) return true;
  if (typeof options !== 'object' || options === null) return false;
  const signal = signalOf(options);
  const ref = getOwnPropertyDescriptor(options, 'ref')?.value;
  return (signal === undefined || isSignal(signal)) && (ref === undefined || typeof ref === 'boolean');
}

function isSignal(signal) {
  return typeof signal === 'object' && signal !== null && 'aborted' in signal;
}

/** The signal in the options, found without running a getter of the program's. */
function signalOf(options) {
  if (typeof options !== 'object' || options === null) return undefined;
  return getOwnPropertyDescriptor(options, 'signal')?.value;
}

function isAborted(signal) {
  try {
    return signal?.aborted === true;
  } catch {
    return false;
  }
}

module.exports = { install };
