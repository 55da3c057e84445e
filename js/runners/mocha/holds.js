'use strict';

/**
 * What keeps the variables of a suite that leaves something, until it is judged. Mocha drops the functions of a suite at its
 * end, and with them an emitter of the suite's own and all that tests have left on it, which other runners find.
 */

const { Map } = require('../../base/originals.js');

/** @param {(tests: object[]) => boolean} hasLeft whether something is there that one of these tests may have left */
function createHolds(hasLeft) {
  /** By suite, Mocha's: its tests that have run, and their functions. */
  const held = new Map();
  let current = null;

  return {
    /** A test of a suite begins: of the one before nothing is kept that has left nothing. */
    begin(suite) {
      if (suite === current) return;
      const before = held.get(current);
      if (before !== undefined && !hasLeft(before.tests)) held.delete(current);
      current = suite;
    },

    /** A test has run. */
    add(test) {
      const { parent, fn } = test.of;
      if (!held.has(parent)) held.set(parent, { tests: [], fns: [] });
      const { tests, fns } = held.get(parent);
      tests.push(test);
      fns.push(fn);
    },

    /** All is judged. */
    clear() {
      held.clear();
      current = null;
    },
  };
}

module.exports = { createHolds };
