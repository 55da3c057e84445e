'use strict';

const { max } = require('../base/primordials.js');

/**
 * Numbers by index, of which there may be millions: four bytes each, and nothing that a garbage collection reads.
 *
 * @template {Int32Array | Uint8Array} T
 * @param {T} array
 * @param {number} index that there has to be room for
 * @returns {T} the array, or one with the same numbers and twice as long
 */
function growTo(array, index) {
  if (index < array.length) return array;
  const copy = new array.constructor(max(index + 1, 2 * array.length));
  copy.set(array);
  return copy;
}

/**
 * @template {Int32Array | Uint8Array} T
 * @param {T} array
 * @param {number} length of the numbers that are used
 * @returns {T} the array, or one with those numbers alone where they are a quarter of it at the most
 */
function shrinkTo(array, length) {
  return length > array.length >> 2 ? array : array.slice(0, length);
}

module.exports = { growTo, shrinkTo };
