'use strict';

/**
 * Random numbers that a seed gives again: mulberry32 (Tommy Ettinger, 2017).
 * @param {number} seed
 */
function createRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  return {
    below,
    oneOf: (list) => list[below(list.length)],
    chance: (share) => next() < share,
    /** One of `[weight, make]`, made. */
    weighted(table) {
      let at = below(table.reduce((sum, [weight]) => sum + weight, 0));
      return table.find(([weight]) => (at -= weight) < 0)[1]();
    },
  };
}

module.exports = { createRandom };
