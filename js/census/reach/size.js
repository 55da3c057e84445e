'use strict';

/** How many entries an object used as a Map has, without a list of its keys: of a million that takes a second. */

const { keys } = Object;

/** Entries whose keys are not listed any more. */
const MANY = 5_000;
/** The addon's answer for what has a list that is too long to be counted. */
const TOO_LONG = 2 ** 32 - 1;

/**
 * @param {object} native the addon
 * @returns {(object: object) => number} entries that V8 has in hash tables: 0 where there are none, or the addon does not know
 * V8's layout; -1 where nobody can count them
 */
function createTableSize(native) {
  if (!learn(native)) return () => 0;
  return (object) => {
    const size = native.tableSize(object);
    return size === TOO_LONG ? -1 : size;
  };
}

/** The addon reads V8's heap only if it finds in these examples what it should. */
function learn(native) {
  // Elsewhere than in Node it may be built otherwise, and not say so.
  if (process.config?.variables?.v8_enable_pointer_compression !== 0) return false;
  const names = {};
  const numbers = {};
  const list = {};
  for (let i = 0; i <= 40; i++) names[`key${i}`] = i;
  delete names.key0;
  for (let i = 0; i < 40; i++) {
    numbers[1_000_000 * (i + 1)] = i;
    list[i] = names;
  }
  const [major, minor] = process.versions.v8.split('.');
  return native.learnTableSize(Number(major) * 100 + Number(minor), names, numbers, list, keys(names).length);
}

module.exports = { createTableSize, MANY };
