'use strict';

/**
 * How long a check may go on. A thorough one makes all rounds, and waits for what clears late; a quick one ends within
 * some two seconds, also where a garbage collection takes long: test runners end a test after five.
 */

const { now } = require('../base/originals.js');

/** What clears a moment late is waited for so long, in ms, before it is called a leak. */
const WAITS_MS = [10, 40, 120, 350, 750];
/** The same for a quick check: as long together, with fewer garbage collections. */
const QUICK_WAITS_MS = [20, 100, 300, 640];

/** What a quick check takes at most, where that is in its power. */
const QUICK_MS = 2_000;
/** What is left of that for the waits, beside the garbage collections. */
const FOR_WAITS_MS = 300;
/** Rounds that a quick check makes in any case: one may be chance. */
const FEWEST_ROUNDS = 2;
/** Waits that a quick check makes in any case. */
const FEWEST_WAITS = 2;

/**
 * @param {boolean} isQuick
 * @param {number} rounds at most
 */
function createPace(isQuick, rounds) {
  const end = now() + QUICK_MS;
  let begun = 0;
  /** What the last round took: its calls, and a garbage collection. */
  let roundMs = 0;
  /** What the last look took. */
  let lookMs = 0;

  return {
    waits: isQuick ? QUICK_WAITS_MS : WAITS_MS,

    /** Whether another round is made after so many. */
    wantsRound(done) {
      const at = now();
      if (begun > 0) roundMs = at - begun;
      begun = at;
      if (done >= rounds) return false;
      return !isQuick || done < FEWEST_ROUNDS || at + roundMs + FOR_WAITS_MS + FEWEST_WAITS * lookMs <= end;
    },

    /** Whether the wait of this number is made. */
    wantsWait(index) {
      return !isQuick || index < FEWEST_WAITS || now() + QUICK_WAITS_MS[index] + lookMs <= end;
    },

    /** Measures a look. */
    async look(look) {
      const from = now();
      await look();
      lookMs = now() - from;
    },
  };
}

module.exports = { createPace };
