'use strict';

/**
 * Replaces a function and puts it back. The replacement has the original's name, length, symbols,
 * prototype and descriptor; only its source differs.
 */

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf } = Object;
const { ownKeys } = Reflect;

/**
 * @typedef {object} Patch
 * @property {Function} original what was there
 * @property {Function} wrapper what is there now
 * @property {boolean} active false once the patch is undone: the wrapper then only calls through
 * @property {() => void} undo
 */

/**
 * @param {object[]} holders objects that hold the function; the first one's is replaced in all
 * that hold the same
 * @param {PropertyKey[]} keys names it has, each looked at in each holder
 * @param {(patch: Patch) => Function} make makes the replacement, of the original in the patch
 * @returns {Patch}
 */
function wrap(holders, keys, make) {
  const original = holders[0][keys[0]];
  if (typeof original !== 'function') throw new TypeError(`there is no function ${String(keys[0])}`);
  const patch = { original, wrapper: null, active: true, undo };
  const wrapper = make(patch);
  patch.wrapper = wrapper;
  copyProperties(original, wrapper);

  const places = [];
  for (const holder of holders) {
    for (const key of keys) {
      const descriptor = getOwnPropertyDescriptor(holder, key);
      if (descriptor?.value !== original) continue;
      try {
        defineProperty(holder, key, { ...descriptor, value: wrapper });
      } catch (error) {
        undo();
        throw error;
      }
      places.push({ holder, key, descriptor });
    }
  }

  /** Restores what is still ours, and leaves what someone patched over us. */
  function undo() {
    patch.active = false;
    for (const { holder, key, descriptor } of places) {
      if (getOwnPropertyDescriptor(holder, key)?.value === wrapper) defineProperty(holder, key, descriptor);
    }
  }

  return patch;
}

/**
 * A wrapper that was undone has been called: whoever patched over it has put it back. Now it can
 * be taken out.
 * @param {Patch} patch
 */
function heal(patch) {
  patch.undo();
}

function copyProperties(from, to) {
  setPrototypeOf(to, getPrototypeOf(from));
  for (const key of ownKeys(from)) {
    const theirs = getOwnPropertyDescriptor(from, key);
    const ours = getOwnPropertyDescriptor(to, key);
    // A sloppy function's `arguments` and `caller` cannot be redefined, and mean nothing.
    if (ours !== undefined && !ours.configurable && !ours.writable) continue;
    defineProperty(to, key, ours?.configurable === false ? { value: theirs.value } : theirs);
  }
  for (const key of ownKeys(to)) {
    if (getOwnPropertyDescriptor(from, key) === undefined) Reflect.deleteProperty(to, key);
  }
}

module.exports = { wrap, heal, copyProperties };
