'use strict';

/** Patches of a subject, put back together; and the shapes of calls that open or close something. */

const { types } = require('node:util');
const { Promise, apply } = require('../../base/originals.js');
const { fromLast, some } = require('../../base/primordials.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { wrap, heal } = require('../wrap.js');
const { quietly } = require('./registrations.js');

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { then } = Promise.prototype;
const NOTE = 'a handle was not recorded';

function createPatches() {
  const patches = [];
  const isPatched = (holder, key) => some(patches, ({ places }) => places[0].holder === holder && places[0].key === key);

  return {
    /** @param {(patch: import('../wrap.js').Patch) => Function} make */
    wrap(holder, key, make) {
      patches[patches.length] = wrap([holder], [key], make);
    },

    /** Wraps a method where the object's class has it, once. Classes that are not exported are met by their instances. */
    wrapMethod(object, key, make) {
      let holder = object;
      while (holder !== null && getOwnPropertyDescriptor(holder, key) === undefined) holder = getPrototypeOf(holder);
      if (holder !== null && holder !== object && !isPatched(holder, key)) this.wrap(holder, key, make);
    },

    undo: () => fromLast(patches, (patch) => patch.undo()),
  };
}

/** A call that returns what it has opened. */
function returning(opened) {
  return (patch) =>
    function open() {
      let result;
      try {
        result = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (patch.active) quietly(NOTE, () => opened(result, patch.wrapper, arguments));
      else heal(patch);
      return result;
    };
}

/**
 * A call whose callback gets what it has opened.
 * @param {(given: ArrayLike<unknown>) => number} callbackAt which argument is the callback
 * @param {(hook: Function, given: ArrayLike<unknown>) => (error: unknown, result: unknown) => void} opening called
 * at the call; what it returns is called with the outcome
 */
function callingBack(callbackAt, opening) {
  return (patch) =>
    function open() {
      if (!patch.active) heal(patch);
      else {
        const at = callbackAt(arguments);
        const callback = arguments[at];
        const reported = typeof callback === 'function' ? quietly(NOTE, () => opening(patch.wrapper, arguments)) : undefined;
        if (reported !== undefined) {
          arguments[at] = function (error, result) {
            quietly(NOTE, () => reported(error, result));
            return apply(callback, this, arguments);
          };
        }
      }
      try {
        return apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
    };
}

/**
 * A call whose promise gives what it has opened. The promise that the program gets follows the first:
 * a reaction beside it would hide a rejection that nobody handles.
 */
function promising(opening) {
  return (patch) =>
    function open() {
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
      const opened = types.isPromise(promise) ? quietly(NOTE, () => opening(patch.wrapper)) : undefined;
      if (opened === undefined) return promise;
      return apply(then, promise, [
        (result) => {
          quietly(NOTE, () => opened(result));
          return result;
        },
      ]);
    };
}

/** A method that may close `this`, or what its first argument names. */
function closing(closed) {
  return (patch) =>
    function close(named) {
      let result;
      try {
        result = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (patch.active) quietly("a handle's end was not recorded", () => closed(this, named));
      else heal(patch);
      return result;
    };
}

module.exports = { createPatches, returning, callingBack, promising, closing };
