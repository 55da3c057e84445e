'use strict';

/** Replaces a constructor, and puts it back. */

const { construct, apply } = require('../../base/originals.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { copyProperties } = require('../wrap.js');
const { quietly } = require('./registrations.js');

const { defineProperty, getOwnPropertyDescriptor } = Object;

/**
 * @param {[object, string][]} places where it may be found; it is what the first one has
 * @param {(object: object, hook: Function) => void} opened called with each instance, and with what stacks begin above
 * @param {boolean} [isNative] whether it prints as native code, which a bound function does; that cannot be called on
 * an instance of what inherits from it, and native constructors cannot either
 * @returns {() => void} puts it back
 */
function replaceConstructor(places, opened, isNative = false) {
  const [[first, name]] = places;
  const original = first[name];
  if (typeof original !== 'function') throw new TypeError(`there is no constructor ${name}`);
  let isActive = true;

  function Made() {
    // A function that makes an instance also when it is called without `new`, or on an instance of what inherits from it.
    let result;
    try {
      if (new.target === undefined) result = apply(original, this, arguments);
      else result = construct(original, arguments, new.target === Made ? original : new.target);
    } catch (error) {
      throw withoutOurs(error, Made); // node-do-not-add-exception-line
    }
    const object = result ?? this;
    if (!isActive) undo(); // another patcher has put this one back
    else if (object instanceof Made) quietly('a handle was not recorded', () => opened(object, Made));
    return result;
  }
  Made.prototype = original.prototype;
  const replacement = isNative ? Made.bind(undefined) : Made;
  copyProperties(original, replacement);

  // Where Node makes it when it is first read, it has been read now.
  const found = [...places, [original.prototype, 'constructor']]
    .filter(([holder, key]) => holder[key] === original)
    .map(([holder, key]) => ({ holder, key, before: getOwnPropertyDescriptor(holder, key) }));
  const undo = () => {
    isActive = false;
    for (let i = 0; i < found.length; i++) {
      const { holder, key, before } = found[i];
      if (getOwnPropertyDescriptor(holder, key)?.value === replacement) defineProperty(holder, key, before);
    }
  };
  try {
    for (const { holder, key, before } of found) defineProperty(holder, key, { ...before, value: replacement });
  } catch (error) {
    undo();
    throw error;
  }
  return undo;
}

module.exports = { replaceConstructor };
