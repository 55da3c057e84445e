'use strict';

/**
 * Decides which registrations get a stack. Each that does stands for 2^k registrations; k depends
 * on what was spent and seen before, never on the registration at hand, so sums of weights are
 * unbiased (Horvitz and Thompson, 1952).
 *
 * What comes rarely, and what makes more of something than there ever was, gets a stack always.
 */

const { createOneIn } = require('./random.js');
const { createRare } = require('./rare.js');

/** Stacks that may be captured before the budget counts: what a service creates at its start. */
const START_ALLOWANCE = 4_000;
/** Stacks a tick for what grows. */
const MAX_GROWING = 16;
/** Listeners of one event from which on more than ever are a sign of growth: two or three are how packages wait for an end. */
const GATHERED = 4;

/**
 * @param {number} allowance stacks a tick, until the first tick says another
 * @param {number} maxWeight the largest log2 of a weight
 * @param {number} [start] stacks before the allowance counts
 */
function createStackSampler(allowance, maxWeight, start = START_ALLOWANCE) {
  let weight = 0;
  let left = start;
  let growing = MAX_GROWING;
  let admittedCount = 0;
  let isAsked = false;
  const oneIn = createOneIn();
  const rare = createRare();
  /** What was asked for last in this tick: that is not rare, and need not be looked up. */
  let latest;

  return {
    /** Whether some get none at the moment, and what is known of one matters. */
    isChoosing: () => weight !== 0,

    /**
     * The weight's log2 when this registration gets a stack; -1 when it does not.
     * @param {string | symbol | number} [what] a name or number that others like it share
     * @param {boolean} [isGrowth] whether there are more of them now than there ever were, or the first for long
     */
    admit(what, isGrowth = false) {
      let admitted = weight;
      isAsked = true;
      if ((isGrowth && weight !== 0 && growing-- > 0) || (what !== latest && rare.isRare((latest = what)))) admitted = 0;
      else if (weight !== 0 && !oneIn(weight)) return -1;
      admittedCount++;
      if (--left <= 0) {
        if (weight < maxWeight) weight++;
        left = allowance;
      }
      return admitted;
    },

    /** How many were admitted since the last call. */
    take() {
      const taken = admittedCount;
      admittedCount = 0;
      return taken;
    },

    /**
     * A tick has passed.
     * @param {number} allowed stacks for the next
     */
    tick(allowed) {
      rare.tick();
      latest = undefined;
      growing = MAX_GROWING;
      allowance = allowed;
      // Load comes in bursts: a pause says nothing of the next.
      if (isAsked && left > allowance / 2 && weight > 0) weight--;
      isAsked = false;
      if (left < allowance) left = allowance;
    },
  };
}

/**
 * The weight's log2 when a registration on an owner gets a stack; -1 when it does not.
 * @param {{ admit(what?: string | symbol | number, isGrowth?: boolean): number }} sampler
 * @param {number} early log2 of the registrations on owners that are not tracked which it stands for: it was chosen, and of those
 * there are few; -1 when its owner was tracked before
 */
function weigh(sampler, early, what, isGrowth) {
  return early >= 0 ? early : sampler.admit(what, isGrowth);
}

/** For a mode in which every registration gets a stack. */
const always = { admit: () => 0 };
/** For a mode in which none does. */
const never = { admit: () => -1 };

module.exports = { createStackSampler, weigh, always, never, GATHERED };
