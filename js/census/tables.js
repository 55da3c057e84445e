'use strict';

/**
 * Objects that are used as Maps: those whose own properties become more from one census to the next. Each is known
 * weakly by itself, as a program has many objects of few properties, and only few grow.
 */

const { Map } = require('../base/originals.js');

const { keys } = Object;

/** Objects known; in a larger program those with the most properties. */
const MAX_TRACKED = 100_000;
/** Sizes reported apart to find the bound. */
const MAX_BOUND = 64;
/** Tables reported, the fastest growing ones. */
const MAX_REPORTED = 50;

/** @param {(object: object) => boolean} isOpaque whose properties are not read */
function createTables(isOpaque) {
  /** Properties at the first census. */
  const first = new WeakMap();
  /** Properties at each census after the first, while they become more. */
  const growing = new WeakMap();
  /** Properties below which none is known. */
  let bound = 0;
  let found = [];

  function sizesOf(objects) {
    const sizes = new Map();
    for (const object of objects) {
      if (typeof object === 'object' && !Array.isArray(object) && !isOpaque(object)) sizes.set(object, keys(object).length);
    }
    return sizes;
  }

  function begin(sizes) {
    const counts = new Array(MAX_BOUND + 1).fill(0);
    for (const size of sizes.values()) counts[Math.min(size, MAX_BOUND)]++;
    let known = counts[MAX_BOUND];
    for (bound = MAX_BOUND; bound > 0 && known + counts[bound - 1] <= MAX_TRACKED; bound--) known += counts[bound - 1];
    for (const [object, size] of sizes) if (size >= bound) first.set(object, size);
  }

  return {
    /**
     * A census.
     * @param {object[]} objects all that live
     * @param {number} at how many censuses were before
     */
    count(objects, at) {
      found = [];
      const sizes = sizesOf(objects);
      if (at === 0) return begin(sizes);
      for (const [object, size] of sizes) {
        let before = first.get(object);
        if (before === undefined) {
          // It had fewer properties than any that is known, or is new; then it is let go of at the next census.
          if (at > 1 || bound === 0 || size < bound) continue;
          first.set(object, (before = bound - 1));
        }
        const earlier = at === 1 ? [] : growing.get(object)?.slice(0, at - 1);
        if (earlier?.length !== at - 1 || size <= (earlier.at(-1) ?? before)) continue;
        const all = [...earlier, size];
        growing.set(object, all);
        found.push({ object, kind: 'object', sizes: [before, ...all] });
      }
    },

    /** What has grown between all censuses; let go of by this. */
    take() {
      const growthOf = ({ sizes }) => sizes.at(-1) - sizes[0];
      const taken = found.sort((a, b) => growthOf(b) - growthOf(a)).slice(0, MAX_REPORTED);
      found = [];
      return taken;
    },

    forget() {
      found = [];
    },

    hasGrown: (object) => keys(object).length > first.get(object),
  };
}

module.exports = { createTables };
