'use strict';

/**
 * What each round of a check adds to the bytes in use. What a census leaves behind is none of the function's. For a census V8
 * collects more than otherwise, such as its own caches: so rounds are measured from one census to the next, and share what they
 * added; after the last census each is measured by itself.
 */

const { usedBytes } = require('./heap-looks.js');

/** @param {number} rounds at most */
function createAdded(rounds) {
  // No array: a census would see it grow.
  const added = new Float64Array(rounds);
  let done = 0;
  /** After the last look. */
  let used = 0;
  /** When V8 had collected for the census of this look, and that had left nothing behind; 0 without a census. */
  let atCensus = 0;
  /** At the last look with a census: rounds that were done, and bytes in use. */
  let doneThen = 0;
  let usedThen = 0;

  return {
    /**
     * A census begins: V8 has collected all garbage.
     * @param {number} listBytes of what the census holds so far
     */
    censusBegins: (listBytes) => (atCensus = usedBytes() - listBytes),

    /** The look before the first round, or after a round, has collected all garbage. */
    collected(round) {
      const before = used;
      used = usedBytes();
      done = round;
      if (atCensus === 0) {
        if (done > 0) added[done - 1] = used - before;
        return;
      }
      for (let i = doneThen; i < done; i++) added[i] = Math.round((atCensus - usedThen) / (done - doneThen));
      doneThen = done;
      usedThen = used;
      atCensus = 0;
    },

    /** Bytes by round. */
    ofRounds: () => Array.from(added.subarray(0, done)),
  };
}

module.exports = { createAdded };
