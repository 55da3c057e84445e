'use strict';

/**
 * Which registrations get a stack, by mode: all in full mode, none of most kinds in counts mode, and in adaptive mode as
 * many as the budget buys. The mode may be full for a while, whatever the recording was started with.
 */

const { createBudget, stacksFor, STACK_NS } = require('../recording/sampling/budget.js');
const { createStackSampler, always, never } = require('../recording/sampling/stacks.js');

/** How often the engine visits a part of what it watches. */
const TICK_MS = 250;
const TICK_NS = TICK_MS * 1e6;
/** Share of one core for stacks of collections while tests are watched, and of insertions in full mode. */
const SPARING_BUDGET = 0.05;
/** In adaptive mode: the stacks of insertions may cost so much of the budget, on top of it. */
const INSERTS_SHARE = 0.25;
/** Stacks of insertions before that counts. */
const FIRST_INSERTS = 100;

/**
 * @typedef {object} State of the recording; read at each registration
 * @property {string} mode the present one
 * @property {boolean} isSparing whether tests are watched and no check runs: then no test is judged by its collections
 */

/**
 * @param {State} state
 * @param {{ mode: string, budget: number }} settings
 * @param {number} maxWeight the largest log2 of a weight that a record holds
 */
function createSampling(state, settings, maxWeight) {
  const budget = createBudget(settings.budget, TICK_MS, maxWeight, settings.mode !== 'counts');
  const sparing = createStackSampler(stacksFor(SPARING_BUDGET * TICK_NS, STACK_NS), maxWeight);
  const insertions = createStackSampler(stacksFor(SPARING_BUDGET * TICK_NS, STACK_NS), maxWeight);
  const fewInsertions = createStackSampler(stacksFor(settings.budget * INSERTS_SHARE * TICK_NS, STACK_NS), maxWeight, FIRST_INSERTS);
  let stackNs = STACK_NS;

  function sampled(sampler, inCounts = always) {
    const own = settings.mode === 'counts' ? inCounts : sampler;
    return { admit: (what, isGrowth) => (state.mode === 'full' ? always : own).admit(what, isGrowth) };
  }

  return {
    /** By subject; see {@link import('../hooks/context.js').Context}. */
    samplers: {
      listener: sampled(budget.samplers.listener),
      timer: sampled(budget.samplers.timer, never),
      other: sampled(budget.samplers.other),
      // No test is judged by its collections: only a check needs them all.
      collection: {
        admit: (known) => {
          if (state.mode === 'full') return (state.isSparing ? sparing : always).admit();
          return budget.samplers.collection.admit(known, known === 0);
        },
      },
    },

    /** Which owners of listeners are tracked. */
    ownerSampler: {
      admit: (event, count, owner, peek) => (state.mode === 'full' ? 0 : budget.owners.admit(event, count, owner, peek)),
      peeked: () => (state.mode === 'full' ? undefined : budget.owners.peeked()),
    },

    // Who inserts most shows in a part of the insertions as well. They have a budget of their own: one Map
    // that is filled in a loop must not take the stacks of what is registered.
    insertionSampler: { admit: () => (state.mode === 'adaptive' ? fewInsertions : insertions).admit() },

    /** Whether a peek at a collection's stack may decide whether it is recorded, and there is time for one. Asked of each. */
    mayPeek: () => budget.mayLook() && state.mode === 'adaptive',

    /**
     * A tick has passed.
     * @param {number} costNs a stack took on average; 0 when there was none
     * @param {number} records written since the last tick
     * @param {number} otherNs spent on anything else
     * @param {number} busyNs CPU time that the thread used in it
     */
    tick(costNs, records, otherNs, busyNs) {
      budget.tick(costNs, records, otherNs, busyNs);
      if (costNs > 0) stackNs = costNs;
      sparing.tick(stacksFor(SPARING_BUDGET * TICK_NS, stackNs));
      insertions.tick(stacksFor(SPARING_BUDGET * TICK_NS, stackNs));
      fewInsertions.tick(stacksFor(settings.budget * INSERTS_SHARE * busyNs, stackNs));
    },
  };
}

module.exports = { createSampling, TICK_MS, TICK_NS };
