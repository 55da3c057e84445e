'use strict';

/**
 * Replaces a method for one object, by a property of its own that is not listed. The replacement has the original's name,
 * length and prototype.
 */

const { apply } = require('../../base/originals.js');
const { copyProperties } = require('../wrap.js');

const { defineProperty, getOwnPropertyDescriptor } = Object;

/**
 * @param {object} object
 * @param {string} key
 * @param {(original: Function, hook: () => Function) => Function} make see `Patch` in adapters.js
 * @returns {() => void} puts back what was there, if ours is still there
 */
function replaceOwn(object, key, make) {
  const before = getOwnPropertyDescriptor(object, key);
  const original = object[key];
  if (typeof original !== 'function') throw new TypeError(`there is no function ${key}`);
  let isActive = true;
  const inner = make(original, () => wrapper);
  // A method: what could not be constructed still cannot.
  const wrapper = {
    method() {
      if (isActive) return apply(inner, this, arguments);
      // Whoever patched over us has put us back.
      undo();
      return apply(original, this, arguments);
    },
  }.method;
  copyProperties(original, wrapper);
  defineProperty(object, key, { value: wrapper, writable: true, enumerable: before?.enumerable ?? false, configurable: true });
  return undo;

  function undo() {
    isActive = false;
    if (getOwnPropertyDescriptor(object, key)?.value !== wrapper) return;
    if (before === undefined) delete object[key];
    else defineProperty(object, key, before);
  }
}

module.exports = { replaceOwn };
