'use strict';

/**
 * Decides which registrations get a stack. Each that does stands for 2^k registrations; k depends
 * on what was spent and seen before, never on the registration at hand, so sums of weights are
 * unbiased (Horvitz and Thompson, 1952).
 *
 * What comes seldom gets a stack always, or a leak of one in five seconds would drown among what each
 * request registers. It is told by what costs nothing to know: an event's name, a timer's delay.
 */

const { Map } = require('./originals.js');

/** Stacks that may be captured before the budget counts: what a service creates at its start. */
const START_ALLOWANCE = 4_000;
/** Nanoseconds of one capture until it has been measured. */
const ASSUMED_COST = 5_000;
/**
 * One in 2^6 emitters is tracked from its first listener on; its listeners stand for as many. It
 * comes on top of a stack's own weight, which leaves room for it.
 */
const EARLY_WEIGHT = 6;
/** An emitter is tracked from this age on: those of one request never are. */
const LATE_MS = 2_000;

/** What was not seen for so many ticks is seldom. */
const SELDOM_TICKS = 2;
/** Stacks a tick for what is seldom: with 50 µs each, a third of a percent of a core at the most. */
const MAX_SELDOM = 16;
/** Names and delays remembered at the least; twice as many at the most. */
const MAX_SEEN = 1024;
/** The longest name that is remembered. */
const MAX_NAME = 64;

/**
 * @param {number} budget share of one core
 * @param {number} tickMs how often `tick` is called
 * @param {number} maxWeight the largest log2 of a weight that a record holds
 * @param {number} [start] stacks before the budget counts
 */
function createSampler(budget, tickMs, maxWeight, start = START_ALLOWANCE) {
  let weight = 0;
  let left = start;
  let allowance = allowanceFor(ASSUMED_COST);
  const oneIn = createDice();
  /** The tick in which a name or a delay was last seen. */
  let seen = new Map();
  let seenBefore = seen;
  let ticks = 0;
  let seldom = MAX_SELDOM;

  /** Not for what is new: of names that are made up there are always new ones. */
  function isSeldom(what) {
    if (what === undefined || (typeof what === 'string' && what.length > MAX_NAME)) return false;
    let last = seen.get(what);
    if (last === ticks) return false;
    last ??= seenBefore.get(what);
    if (seen.size >= MAX_SEEN) {
      seenBefore = seen;
      seen = new Map();
    }
    seen.set(what, ticks);
    return last !== undefined && ticks - last > SELDOM_TICKS && seldom-- > 0;
  }

  function allowanceFor(cost) {
    return Math.max(8, Math.floor((budget * tickMs * 1e6) / cost));
  }

  return {
    /**
     * The weight's log2 when this registration gets a stack; -1 when it does not.
     * @param {string | symbol | number} [what] a name or number that others like it share
     */
    admit(what) {
      let admitted = weight;
      if (isSeldom(what)) admitted = 0;
      else if (weight !== 0 && !oneIn(weight)) return -1;
      if (--left <= 0) {
        if (weight < maxWeight - EARLY_WEIGHT) weight++;
        left = allowance;
      }
      return admitted;
    },

    /**
     * A tick has passed.
     * @param {number} cost nanoseconds a capture took on average; 0 when there was none
     */
    tick(cost) {
      ticks++;
      seldom = MAX_SELDOM;
      if (cost > 0) allowance = allowanceFor(cost);
      if (left > allowance / 2 && weight > 0) weight--;
      if (left < allowance) left = allowance;
    },
  };
}

/**
 * Dice that take a few ns: xorshift32 (Marsaglia, 2003), seeded anew for each.
 * @returns {(k: number) => boolean} true once in 2^k times
 */
function createDice() {
  let random = (Math.random() * 2 ** 32) | 1;
  return (k) => {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    return (random & ((1 << k) - 1)) === 0;
  };
}

/** For a mode in which every registration gets a stack, or none. */
const always = { admit: () => 0 };

module.exports = { createSampler, createDice, always, EARLY_WEIGHT, LATE_MS };
