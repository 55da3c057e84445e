'use strict';

const { floor, log, log1p, random: chance } = require('../../base/primordials.js');

/**
 * Chance that takes a few ns: xorshift32 (Marsaglia, 2003), seeded anew for each.
 */
function createRandom() {
  let random = (chance() * 2 ** 32) | 1;
  return () => {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    return random;
  };
}

/** @returns {(k: number) => boolean} true once in 2^k times */
function createOneIn() {
  const random = createRandom();
  return (k) => (random() & ((1 << k) - 1)) === 0;
}

/**
 * How many come up to the next that a die of 2^k sides would choose, itself included: to count down costs less than to
 * throw. A count that was begun may be thrown away at any time, the die has no memory.
 * @returns {(k: number) => number} geometrically distributed, from 1
 */
function createGeometricGaps() {
  const random = createRandom();
  return (k) => {
    if (k === 0) return 1;
    const uniform = ((random() >>> 0) + 0.5) / 2 ** 32;
    // A small integer, which V8 counts down without a box.
    return (1 + floor(log(uniform) / log1p(-(2 ** -k)))) | 0;
  };
}

module.exports = { createOneIn, createGeometricGaps };
