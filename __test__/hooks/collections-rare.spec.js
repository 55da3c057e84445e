'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { setTimeout: pause } = require('node:timers/promises');

const { leakline, lineOf } = require('../support/recording');

/** Maps made in each turn of a service under load, and the time between: more than the budget holds, less than are looked at. */
const CHURN = 200;
const TURN_MS = 100;

const churn = () => {
  for (let i = 0; i < CHURN; i++) new Map([[i, i]]);
};
/** Caches that are made at their first use, each at a stack of its own. */
const first = [() => new Map(), () => new Map(), () => new Map(), () => new Map(), () => new Map(), () => new Map()]; // here: caches
const line = (mark) => lineOf(__filename, mark);

describe('in adaptive mode, among thousands of Maps that come and go', () => {
  it('one whose like was not made for long is recorded, with its line', async () => {
    leakline.start({ mode: 'adaptive', kinds: ['map'], budget: 0.005 });
    try {
      for (let turn = 0; turn < 12; turn++) {
        churn();
        await pause(TURN_MS);
      }
      const caches = [];
      for (const make of first) {
        churn();
        caches.push(make());
        await pause(TURN_MS);
      }
      const { sites, totals } = leakline.snapshot({ gc: true });
      const made = sites.filter(({ stack }) => stack[0].line === line('caches'));
      assert.deepEqual(made.map(({ live }) => live), caches.map(() => 1));
      assert.ok(totals.map.live < caches.length + CHURN / 50, `${totals.map.live} are live`);
    } finally {
      leakline.stop();
    }
  });
});
