'use strict';

/** What an array, or an object used as a Map, holds. */

const { types } = require('node:util');
const { classNameOf } = require('../../base/names.js');
const { elementsOf } = require('../elements.js');

const { getOwnPropertyDescriptor, hasOwn, keys } = Object;

/** Indexes of an array that are looked at. */
const PROBES = 16;

/** Whether of indexes all over an array fewer than half are its own. */
function isSparse(array) {
  const { length } = array;
  let own = 0;
  for (let i = 0; i < PROBES; i++) if (hasOwn(array, Math.floor((i * length) / PROBES))) own++;
  return own < PROBES / 2;
}

/** The class of what it holds; of plain objects that of a request or a response that they have. */
function contentOf(kind, object) {
  const elements = elementsOf(kind, object);
  if (elements === null) return '';
  if (elements !== 'Object') return ` of ${elements}`;
  const entry = lastOf(kind, object);
  // Its last element may be none.
  if (typeof entry !== 'object' || entry === null || types.isProxy(entry)) return '';
  for (const key of keys(entry)) {
    const value = getOwnPropertyDescriptor(entry, key)?.value;
    if (typeof value !== 'object' || value === null || types.isProxy(value)) continue;
    const name = classNameOf(value);
    if (name === 'IncomingMessage' || name === 'ServerResponse') return ` of objects with ${name}`;
  }
  return '';
}

/** The entry that came last, where it is quickly found. */
function lastOf(kind, object) {
  const key = kind === 'array' ? object.length - 1 : keys(object).at(-1);
  return key === undefined ? undefined : getOwnPropertyDescriptor(object, key)?.value;
}

module.exports = { contentOf, isSparse, lastOf };
