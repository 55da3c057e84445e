'use strict';

/** Who filled what, by a number for each place: stands in for the ring that `inserters.js` writes to. */

const { Map } = require('../base/originals.js');

function createTally() {
  const ofNames = new Map();
  const ofObjects = new WeakMap();
  const tallies = [null];

  function numberOf(key) {
    const numbers = typeof key === 'string' ? ofNames : ofObjects;
    let number = numbers.get(key);
    if (number === undefined) {
      number = tallies.push({ filled: new Map(), left: 0 }) - 1;
      numbers.set(key, number);
    }
    return number;
  }

  return {
    /** The number of a name, or of an object, which is held weakly. */
    numberOf,

    /** Collections that have a name: entries by the number of the site that put them in, and how many left. */
    of(name) {
      const { filled, left } = tallies[numberOf(name)];
      return { filled: [...filled], left };
    },

    /** A context whose inserters report to this tally. */
    contextFor(context) {
      let isInside = false;
      return {
        ...context,
        inserters: undefined,
        ring: {
          fill(number, site, entries) {
            const { filled } = tallies[number];
            if (entries > 0) filled.set(site, (filled.get(site) ?? 0) + entries);
          },
          leave(number, entries) {
            tallies[number].left += entries;
          },
        },
        /** An array may be filled by what runs while a stack is read, such as a test runner's. */
        site(...args) {
          if (isInside) return 0;
          isInside = true;
          try {
            return context.site(...args);
          } finally {
            isInside = false;
          }
        },
      };
    },
  };
}

module.exports = { createTally };
