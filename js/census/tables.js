'use strict';

/**
 * Objects that are used as Maps: those whose own properties become more from one census to the next. Each is known
 * weakly by itself, as a program has many objects of few properties, and only few grow.
 */

const { keys } = Object;

/** Objects known; in a larger program those with the most properties. */
const MAX_TRACKED = 100_000;
/** Sizes reported apart to find the bound. */
const MAX_BOUND = 64;
/** Tables reported, the fastest growing ones. */
const MAX_REPORTED = 50;

function createTables() {
  /** Properties at the first census. */
  const first = new WeakMap();
  /** Properties at each census after the first, while they become more. */
  const growing = new WeakMap();
  /** Properties below which none is known. */
  let bound = 0;
  let found = [];
  /** Of the first census: all that live, and by the same index how many properties each has. */
  let living = [];
  let sizes = [];

  function add(object, size, at) {
    // One without properties has not grown.
    if (size === 0) return;
    let before = first.get(object);
    if (before === undefined) {
      // It had fewer properties than any that is known, or is new; then it is let go of at the next census.
      if (at > 1 || bound === 0 || size < bound) return;
      first.set(object, (before = bound - 1));
    }
    if (size <= before) return;
    const earlier = at === 1 ? [] : growing.get(object)?.slice(0, at - 1);
    if (earlier?.length !== at - 1 || size <= (earlier.at(-1) ?? before)) return;
    const all = [...earlier, size];
    growing.set(object, all);
    found.push({ object, kind: 'object', sizes: [before, ...all] });
  }

  return {
    /** A census begins. */
    begin() {
      found = [];
    },

    /**
     * An object of this census.
     * @param {object} object
     * @param {number} size its properties
     * @param {number} at how many censuses were before
     */
    add(object, size, at) {
      if (at > 0) return add(object, size, at);
      living.push(object);
      sizes.push(size);
    },

    /** The first census is over. */
    endOfFirst() {
      const counts = new Array(MAX_BOUND + 1).fill(0);
      for (let i = 0; i < sizes.length; i++) counts[Math.min(sizes[i], MAX_BOUND)]++;
      let known = counts[MAX_BOUND];
      for (bound = MAX_BOUND; bound > 0 && known + counts[bound - 1] <= MAX_TRACKED; bound--) known += counts[bound - 1];
      for (let i = 0; i < sizes.length; i++) if (sizes[i] >= bound) first.set(living[i], sizes[i]);
      living = [];
      sizes = [];
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
