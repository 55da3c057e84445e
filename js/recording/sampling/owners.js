'use strict';

/**
 * Decides from which registration on an owner of listeners is tracked, where most owners live for one request.
 *
 * Each registration on an owner that is not tracked is chosen with probability 2^-k, and then stands for 2^k; those that
 * follow on the same owner are recorded all, and stand for themselves. So the expected weight of each is 1, however
 * many came before it (Horvitz and Thompson, 1952), and an owner that goes on gathering listeners is tracked in the end.
 *
 * Also where there is time for all of them few are tracked: what a leak keeps alive has listeners as well, and a report
 * should name the leak, not all that it holds.
 */

const { createGeometricGaps } = require('./random.js');
const { createRare } = require('./rare.js');

/** Owners that are tracked all: those that a service makes at its start, in so many ticks, live long. */
const START_ALLOWANCE = 1_000;
const START_TICKS = 8;
/** The least and the largest log2 of a weight from then on. One that has such a weight gets a stack, and so has no other. */
const MIN_OWNER_WEIGHT = 7;
const MAX_OWNER_WEIGHT = 13;
/** An owner that has so many listeners of one event gathers them: it is tracked without a throw. */
const MANY = 8;
/** So many of those a tick. */
const MAX_GATHERING = 32;
/** Ticks with little to track after which more of it is: load comes in bursts. */
const MAX_QUIET = 8;

/** @param {number} allowance owners a tick */
function createOwnerSampler(allowance) {
  let weight = 0;
  let left = START_ALLOWANCE;
  let gathering = MAX_GATHERING;
  let quiet = 0;
  let ticks = 0;
  let isAsked = false;
  const geometricGap = createGeometricGaps();
  const rare = createRare();
  /** Registrations up to the next that is chosen. */
  let gap = 1;

  /** The next one of each must not wait for what was thrown under another k. */
  function become(other) {
    weight = other;
    gap = geometricGap(weight);
  }

  return {
    /**
     * The weight's log2 when an owner is tracked from this registration on; -1 when it is not.
     * @param {string | symbol | undefined} event
     * @param {number} count how many listeners of it the owner has, with this one
     */
    admit(event, count) {
      let admitted = weight;
      isAsked = true;
      if (weight !== 0) {
        if ((count >= MANY && gathering-- > 0) || rare.isRare(event)) admitted = 0;
        else if (--gap > 0) return -1;
        else gap = geometricGap(weight);
      }
      if (--left <= 0) {
        if (weight < MAX_OWNER_WEIGHT) become(Math.max(MIN_OWNER_WEIGHT, weight + 1));
        left = allowance;
      }
      return admitted;
    },

    /**
     * A tick has passed.
     * @param {number} [allowed] owners in the next
     */
    tick(allowed = allowance) {
      rare.tick();
      allowance = allowed;
      gathering = MAX_GATHERING;
      if (weight === 0) {
        if (++ticks < START_TICKS) return;
        left = allowance;
        become(MIN_OWNER_WEIGHT);
      }
      if (left <= allowance / 2) quiet = 0;
      else if (isAsked && weight > MIN_OWNER_WEIGHT && ++quiet >= MAX_QUIET) {
        quiet = 0;
        become(weight - 1);
      }
      isAsked = false;
      if (left < allowance) left = allowance;
    },
  };
}

module.exports = { createOwnerSampler };
