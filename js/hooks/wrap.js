'use strict';

/**
 * Replaces a function and puts it back. The replacement has the original's name, length, symbols,
 * prototype and descriptor; only its source differs.
 */

const { apply } = require('../base/originals.js');
const { deleteProperty, floor, forEach, ownKeys } = require('../base/primordials.js');

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf } = Object;

/**
 * @typedef {object} Patch
 * @property {Function} original what was there
 * @property {Function} wrapper what is there now
 * @property {object[]} places where it is
 * @property {boolean} active false once the patch is undone: the wrapper then only calls through
 * @property {() => void} undo
 * @property {() => void} renew puts the wrapper back where somebody has put the original back
 */

/**
 * Replaces one function wherever it is found.
 * @param {object[]} holders objects that may hold it; the first one's is it
 * @param {PropertyKey[]} keys names it has, each looked at in each holder
 * @param {(patch: Patch) => Function} make makes the replacement, of the original in the patch
 * @returns {Patch}
 */
function wrap(holders, keys, make) {
  const original = holders[0][keys[0]];
  if (typeof original !== 'function') throw new TypeError(`there is no function ${String(keys[0])}`);
  return replaceAt(placesOf(holders, keys, (value) => value === original), original, make);
}

/**
 * Replaces each distinct function: where somebody patched one of several names, or one of several
 * holders, those hold different ones.
 * @returns {Patch[]}
 */
function wrapEach(holders, keys, make) {
  const places = placesOf(holders, keys, (value) => typeof value === 'function');
  if (places.length === 0) throw new TypeError(`there is no function ${String(keys[0])}`);
  const distinct = places.map(({ descriptor }) => descriptor.value).filter((value, i, all) => all.indexOf(value) === i);
  return distinct.map((original) =>
    replaceAt(places.filter(({ descriptor }) => descriptor.value === original), original, make),
  );
}

function placesOf(holders, keys, isWanted) {
  const places = [];
  for (let i = 0; i < holders.length * keys.length; i++) {
    const holder = holders[floor(i / keys.length)];
    const key = keys[i % keys.length];
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (descriptor !== undefined && isWanted(descriptor.value)) places[places.length] = { holder, key, descriptor };
  }
  return places;
}

function replaceAt(places, original, make) {
  const patch = { original, wrapper: null, places, active: true, undo, renew };
  const inner = make(patch);
  // What cannot be constructed must not become constructible.
  const isMethod = getOwnPropertyDescriptor(original, 'prototype') === undefined;
  const wrapper = isMethod ? { method() { return apply(inner, this, arguments); } }.method : inner;
  patch.wrapper = wrapper;
  copyProperties(original, wrapper);
  try {
    forEach(places, ({ holder, key, descriptor }) => defineProperty(holder, key, { ...descriptor, value: wrapper }));
  } catch (error) {
    undo();
    throw error;
  }
  return patch;

  function renew() {
    forEach(places, ({ holder, key, descriptor }) => {
      if (getOwnPropertyDescriptor(holder, key)?.value === original) defineProperty(holder, key, { ...descriptor, value: wrapper });
    });
  }

  /** Restores what is still ours, and leaves what someone patched over us. */
  function undo() {
    patch.active = false;
    forEach(places, ({ holder, key, descriptor }) => {
      if (getOwnPropertyDescriptor(holder, key)?.value === wrapper) defineProperty(holder, key, descriptor);
    });
  }
}

/**
 * A wrapper that was undone has been called: whoever patched over it has put it back. Now it can
 * be taken out.
 * @param {Patch} patch
 */
function heal(patch) {
  // What was captured while we recorded comes here for ever: a plain look first.
  const { places } = patch;
  for (let i = 0; i < places.length; i++) {
    if (places[i].holder[places[i].key] === patch.wrapper) return patch.undo();
  }
}

function copyProperties(from, to) {
  setPrototypeOf(to, getPrototypeOf(from));
  const theirKeys = ownKeys(from);
  for (let i = 0; i < theirKeys.length; i++) {
    const key = theirKeys[i];
    const theirs = getOwnPropertyDescriptor(from, key);
    const ours = getOwnPropertyDescriptor(to, key);
    // A sloppy function's `arguments` and `caller` cannot be redefined, and mean nothing.
    if (ours !== undefined && !ours.configurable && !ours.writable) continue;
    defineProperty(to, key, ours?.configurable === false ? { value: theirs.value } : theirs);
  }
  forEach(ownKeys(to), (key) => {
    if (getOwnPropertyDescriptor(from, key) === undefined) deleteProperty(to, key);
  });
}

module.exports = { wrap, wrapEach, heal, copyProperties };
