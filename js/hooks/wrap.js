'use strict';

/**
 * Replaces a function and puts it back. The replacement has the original's name, length, symbols,
 * prototype and descriptor; only its source differs.
 */

const { apply } = require('../base/originals.js');

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf } = Object;
const { ownKeys } = Reflect;

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
  return replaceAt(placesOf(holders, keys).filter((place) => place.descriptor.value === original), original, make);
}

/**
 * Replaces each distinct function: where somebody patched one of several names, or one of several
 * holders, those hold different ones.
 * @returns {Patch[]}
 */
function wrapEach(holders, keys, make) {
  const places = placesOf(holders, keys).filter(({ descriptor }) => typeof descriptor.value === 'function');
  if (places.length === 0) throw new TypeError(`there is no function ${String(keys[0])}`);
  const distinct = places.map(({ descriptor }) => descriptor.value).filter((value, i, all) => all.indexOf(value) === i);
  return distinct.map((original) =>
    replaceAt(places.filter(({ descriptor }) => descriptor.value === original), original, make),
  );
}

function placesOf(holders, keys) {
  const places = holders.flatMap((holder) => keys.map((key) => ({ holder, key, descriptor: getOwnPropertyDescriptor(holder, key) })));
  return places.filter(({ descriptor }) => descriptor !== undefined);
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
    for (const { holder, key, descriptor } of places) defineProperty(holder, key, { ...descriptor, value: wrapper });
  } catch (error) {
    undo();
    throw error;
  }
  return patch;

  function renew() {
    for (const { holder, key, descriptor } of places) {
      if (getOwnPropertyDescriptor(holder, key)?.value === original) defineProperty(holder, key, { ...descriptor, value: wrapper });
    }
  }

  /** Restores what is still ours, and leaves what someone patched over us. */
  function undo() {
    patch.active = false;
    for (const { holder, key, descriptor } of places) {
      if (getOwnPropertyDescriptor(holder, key)?.value === wrapper) defineProperty(holder, key, descriptor);
    }
  }
}

/**
 * A wrapper that was undone has been called: whoever patched over it has put it back. Now it can
 * be taken out.
 * @param {Patch} patch
 */
function heal(patch) {
  // What was captured while we recorded comes here for ever: a plain look first.
  for (const { holder, key } of patch.places) {
    if (holder[key] === patch.wrapper) return patch.undo();
  }
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

module.exports = { wrap, wrapEach, heal, copyProperties };
