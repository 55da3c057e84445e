'use strict';

/** How many entries a collection has: holes of an array are none, and an object used as a Map has its properties. */

const { types } = require('node:util');
const { NativeMap, NativeSet } = require('../base/originals.js');

const { isArray } = Array;
const { getOwnPropertyDescriptor, hasOwn, keys } = Object;

/** Elements of an array looked at one by one. */
const MAX_LOOKED = 1 << 16;
/** Elements of a longer array that are read first: an array with mostly holes is a table, with few keys. */
const TRIED = 64;

const sizeOfMap = getOwnPropertyDescriptor(NativeMap.prototype, 'size').get;
const sizeOfSet = getOwnPropertyDescriptor(NativeSet.prototype, 'size').get;

/** A collection's kind, or null; a Proxy is never met. Objects used as Maps have none: they are known by their growth. */
function kindOf(object) {
  if (isArray(object)) return 'array';
  if (types.isMap(object)) return 'map';
  return types.isSet(object) ? 'set' : null;
}

function sizeOf(kind, object) {
  if (kind === 'array') return elementsIn(object);
  if (kind === 'object') return keys(object).length;
  return (kind === 'map' ? sizeOfMap : sizeOfSet).call(object);
}

function elementsIn(array) {
  const { length } = array;
  const from = Math.max(0, length - MAX_LOOKED);
  if (from > 0 && isSparse(array, from)) return keys(array).length;
  let holes = 0;
  for (let i = from; i < length; i++) if (!hasOwn(array, i)) holes++;
  return length - holes;
}

function isSparse(array, to) {
  let holes = 0;
  for (let i = 0; i < TRIED; i++) if (!hasOwn(array, Math.floor((i * to) / TRIED))) holes++;
  return holes * 2 > TRIED;
}

module.exports = { kindOf, sizeOf };
