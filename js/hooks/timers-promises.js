'use strict';

/**
 * `node:timers/promises`, and with it `util.promisify(setTimeout)`, which Node looks up there.
 *
 * The promise is returned as Node made it. Without options it cannot be rejected, so a reaction
 * tells when it is fulfilled; with options a reaction could hide a rejection that nobody handles,
 * so its end is told by its delay and its signal, when somebody looks.
 */

const promises = require('node:timers/promises');
const { Map, Promise, apply, now } = require('../originals.js');
const { noteOnce } = require('../faults.js');
const { wrap, heal } = require('./wrap.js');
const { Itself } = require('./stamp.js');

const { then } = Promise.prototype;
const { getOwnPropertyDescriptor, defineProperty } = Object;

/** An async iterator's registration. */
class Stamp extends Itself {
  #end = null;

  static set(iterator, end) {
    new Stamp(iterator).#end = end;
  }

  static end(iterator) {
    if (typeof iterator === 'object' && iterator !== null && #end in iterator) iterator.#end();
  }
}

/**
 * @param {import('../engine.js').Context} context
 * @returns {() => void} puts everything back
 */
function install(context) {
  const { ring, sampler, sites, kinds } = context;
  /** Handles whose end nobody tells: due (ms) and the signal that may end them before. */
  const watched = new Map();
  let isActive = true;

  function register(kind, hook, subject, delay) {
    const weight = sampler.admit();
    if (weight < 0 || sites === null) return ring.register(kind, 0, 0, 0, delay);
    const detail = kind === kinds.immediate ? null : delay;
    return ring.register(kind, sites.find(kind, hook, () => subject, detail, showDelay), weight, 0, delay);
  }

  function end(handle) {
    if (isActive && watched.delete(handle)) ring.release(handle);
  }

  /** Ends what is due or aborted. */
  function look() {
    if (watched.size === 0) return;
    const time = now();
    for (const [handle, { due, signal }] of watched) {
      if (time >= due || isAborted(signal)) end(handle);
    }
  }

  function hookPromise(kind, subject, optionsAt) {
    return (patch) =>
      function set() {
        const promise = apply(patch.original, this, arguments);
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
          if (delay >= 0 && !isAborted(signal)) {
            const handle = register(kind, patch.wrapper, subject, delay);
            watched.set(handle, { due: now() + delay + 1, signal });
            if (isPlain) apply(then, promise, [() => end(handle)]);
          }
        } catch (error) {
          noteOnce('a timer was not recorded', error);
        }
        return promise;
      };
  }

  /** The iterator lives from its first `next` to its `return`; Node makes it by one generator. */
  function hookIterator(patch) {
    return function setInterval() {
      const iterator = apply(patch.original, this, arguments);
      if (!patch.active) {
        heal(patch);
        return iterator;
      }
      try {
        const delay = delayOf(arguments[0]);
        const handle = register(kinds.interval, patch.wrapper, 'setInterval', delay);
        watched.set(handle, { due: Infinity, signal: signalOf(arguments[2]) });
        Stamp.set(iterator, () => end(handle));
      } catch (error) {
        noteOnce('a timer was not recorded', error);
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
    undo.push(watchReturn(original.prototype));
  }
  context.onLook(look);
  return () => {
    isActive = false;
    watched.clear();
    undo.reverse().forEach((restore) => restore());
  };
}

/**
 * Iterators inherit `return` and `throw` from their generator function's own prototype object,
 * which is nobody else's: there the end of one can be seen without touching it.
 */
function watchReturn(prototype) {
  if (prototype === undefined || prototype === null) throw new TypeError('setInterval makes no generator');
  for (const key of ['return', 'throw']) {
    const inherited = prototype[key];
    const watching = {
      [key]() {
        Stamp.end(this);
        return apply(inherited, this, arguments);
      },
    }[key];
    defineProperty(prototype, key, { value: watching, writable: true, enumerable: false, configurable: true });
  }
  return () => {
    delete prototype.return;
    delete prototype.throw;
  };
}

function isDelay(delay) {
  return delay === undefined || typeof delay === 'number';
}

/** What Node makes of a delay; -1 for one it refuses. */
function delayOf(delay) {
  if (!isDelay(delay)) return -1;
  return delay >= 1 && delay <= 0x7fffffff ? Math.trunc(delay) : 1;
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

function showDelay(delay) {
  return `${delay} ms`;
}

module.exports = { install };
