'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const { describe, it } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');

const { leakline, lineOf } = require('../support/recording');

const noop = () => {};
/** By then not every emitter is tracked any more. */
const STARTED_MS = 2_500;
const YOUNG = 40_000;

describe('emitters of which few are tracked', () => {
  // A stack's own weight on top of the emitter's would make of the few one or two with a line, which stand for all.
  it('are estimated by their line while there is no time for stacks: each that is chosen gets one', async () => {
    leakline.start({ mode: 'adaptive', kinds: ['listener'] });
    try {
      const bus = new EventEmitter();
      await sleep(STARTED_MS);
      spendStacks(bus);
      const kept = Array.from({ length: YOUNG }, () => new EventEmitter().on('finish', noop)); // here: young
      const { sites, totals } = leakline.snapshot();
      const live = sites.filter(({ stack }) => stack[0]?.line === lineOf(__filename, 'young')).reduce((sum, site) => sum + site.live, 0);
      // The weights rise to 2^10 here; six standard errors are 0.72.
      assert.ok(Math.abs(live / kept.length - 1) < 0.75, `${live} estimated of ${kept.length}`);
      // What the sites stand for counts in the totals as well.
      assert.ok(Math.abs(totals.listener.live / YOUNG - 1) < 0.75, `${totals.listener.live} of ${YOUNG} in the totals`);
    } finally {
      leakline.stop();
    }
  });
});

/** Several at a time are no even event: each is recorded, and wants a stack. */
function spendStacks(bus) {
  for (let i = 0; i < 30_000; i++) {
    for (const event of ['a', 'b']) bus.on(event, noop).on(event, noop);
    bus.removeAllListeners();
  }
}
