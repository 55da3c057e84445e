'use strict';

/**
 * The budget of adaptive mode: a share of what the isolate's thread takes of a core, for all that leakline does there, as it
 * measures and estimates it itself. So it is the same share however much or little a service has to do. What the looks, the
 * records and the collector take is taken off; the rest buys stacks. Each subject has a sampler of its own, so that Maps made in a
 * tight loop do not take the stacks of listeners; what one leaves over the others may have.
 */

const { createStackSampler } = require('./stacks.js');
const { createOwnerSampler } = require('./owners.js');
const { floor, max } = require('../../base/primordials.js');

/** Nanoseconds of one stack until it has been measured. */
const STACK_NS = 5_000;
/** Nanoseconds that a collection takes: its weak handle, what garbage collections do with it, the looks at it and its end. */
const COLLECTION_NS = 800;
/**
 * Nanoseconds that a record takes in a service, written and applied, with the hooks that ran for it and wrote none: 60 in a
 * loop, but a service has little of it in its caches.
 */
const RECORD_NS = 300;
/** Nanoseconds that tracking an owner takes, with its weak handle, the listeners that it has and gets, a stack, and its end. */
const OWNER_NS = 5_000;
/** The share of the budget for tracking owners. */
const OWNERS_SHARE = 1 / 16;
/** The share of the budget for looks whether a stack is known, and what one takes. */
const LOOKS_SHARE = 1 / 4;
const LOOK_NS = 500;
/** The share of the budget that stacks have whatever else was spent. */
const STACKS_SHARE = 1 / 4;
/** Stacks a tick that each subject has in any case: a leak must not go without its line. */
const FEWEST = 8;

/** Subjects, each with what it takes beside a stack. */
const SUBJECTS = [
  ['listener', 0],
  ['timer', 0],
  ['collection', COLLECTION_NS],
  ['other', 0],
];

/**
 * @param {number} share of the CPU time of its thread
 * @param {number} tickMs how often `tick` is called
 * @param {number} maxWeight the largest log2 of a weight that a record holds
 * @param {boolean} areStacksWanted whether registrations get stacks at all
 */
function createBudget(share, tickMs, maxWeight, areStacksWanted) {
  const tickNs = tickMs * 1e6;
  let total = share * tickNs;
  let stackNs = areStacksWanted ? STACK_NS : 0;
  const all = SUBJECTS.map(([, ownNs]) => {
    const first = stacksFor(total / SUBJECTS.length, stackNs + ownNs);
    return createStackSampler(first, maxWeight);
  });
  const collections = all[SUBJECTS.findIndex(([subject]) => subject === 'collection')];
  const looks = () => floor((total * LOOKS_SHARE) / LOOK_NS);
  const ownersAllowed = () => max(FEWEST, floor((total * OWNERS_SHARE) / OWNER_NS));
  const costOf = (i) => stackNs + SUBJECTS[i][1];
  /** Nanoseconds that each has used in a tick. */
  const used = all.map(() => 0);
  let samplesLeft = looks();
  const owners = createOwnerSampler(ownersAllowed());

  return {
    /** By subject, which registrations get a stack. */
    samplers: Object.fromEntries(SUBJECTS.map(([subject], i) => [subject, all[i]])),
    /** Which owners of listeners are tracked. */
    owners,

    /** Whether a look at a collection's stack decides whether it is recorded, and there is time for one. Asked of each. */
    mayLook: () => samplesLeft > 0 && collections.isChoosing() && samplesLeft-- > 0,

    /**
     * A tick has passed.
     * @param {number} costNs a stack took on average; 0 when there was none
     * @param {number} records written since the last tick
     * @param {number} otherNs spent on anything else
     * @param {number} [busyNs] CPU time that the thread used in it, at most the tick
     */
    tick(costNs, records, otherNs, busyNs = tickNs) {
      total = share * busyNs;
      if (costNs > 0) stackNs = costNs;
      const left = max(total * STACKS_SHARE, total - otherNs - records * RECORD_NS);
      let sum = 0;
      for (let i = 0; i < all.length; i++) sum += used[i] = all[i].take() * costOf(i);
      for (let i = 0; i < all.length; i++) all[i].tick(stacksFor(max(left / all.length, left - (sum - used[i])), costOf(i)));
      owners.tick(ownersAllowed());
      samplesLeft = looks();
    },
  };
}

/** Stacks of so many nanoseconds each that nanoseconds buy. */
function stacksFor(ns, costNs) {
  return costNs === 0 ? Infinity : max(FEWEST, floor(ns / costNs));
}

module.exports = { createBudget, stacksFor, STACK_NS, LOOK_NS };
