'use strict';

// The short form of `npm run verdicts`, and that its judge sees what is broken.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { GROUPS, LEAKS } = require('../../bench/verdicts/leaks');
const { judgeInnocent, judgeLeak } = require('../../bench/verdicts/promises');
const { runService } = require('../../bench/verdicts/run');
const { isFirstNode } = require('../support/first-node');

const RATE = 5;
/** A verdict takes some 25 s. */
const LOAD_MS = 45_000;

describe('leaks at 5 a second, beside requests that leak nothing', { concurrency: true, skip: !isFirstNode && 'one version is enough' }, () => {
  // V8 collects a heap of 60 MB in steps.
  const services = [['adaptive', GROUPS[0], 0], ['full', GROUPS[0], 60], ['adaptive', GROUPS[1], 60], ['adaptive', GROUPS[2], 0]];
  for (const [mode, leaks, heapMb] of services) {
    it(`${mode}, a heap of ${heapMb} MB and more: ${leaks.join(', ')}: are reported, still when the load has ended, and not any more when they are released`, async () => {
      const { rows, broken } = await runService({ node: process.execPath, mode, leaks, rate: RATE, loadMs: LOAD_MS, afterMs: 5_000, releasedMs: 60_000, traffic: 50, heapMb });
      assert.deepEqual(broken, []);
      for (const [name, row] of Object.entries(rows)) {
        assert.deepEqual(row.broken, [], name);
        assert.ok(row.suspectMs <= LOAD_MS, `${name} is not reported`);
        assert.equal(row.leakMs !== undefined, LEAKS[name].certainty === 'hard', name);
        assert.ok(row.goneMs !== undefined, name);
      }
    });
  }
});

describe('what breaks a promise', () => {
  const looks = (...spans) => {
    const all = [];
    for (const [phase, seconds, verdict, more] of spans) {
      for (let n = 0; n < seconds; n++) all.push({ at: all.length * 1_000, phase, site: verdict && { verdict, code: 'grew', ...more } });
    }
    return all;
  };
  const of = (certainty, ...spans) => judgeLeak(certainty, 5, looks(...spans)).broken;

  it('is seen', () => {
    const kept = [['load', 25, 'new'], ['load', 376, 'leak'], ['after', 601, 'leak'], ['released', 20, 'leak'], ['released', 55, 'steady']];
    assert.deepEqual(of('hard', ...kept), []);
    assert.deepEqual(of('hard', ['load', 90, 'new'], ['load', 20, 'leak']), ['a leak after 90 s, not within 60 s']);
    assert.deepEqual(of('soft', ['load', 400, 'new']), ['not reported within 60 s', 'not a leak within 360 s']);
    assert.deepEqual(of('hard', ['load', 30, 'leak'], ['load', 5, 'new']), ['it was a leak, and at 30 s new']);
    assert.deepEqual(of('soft', ['load', 30, 'suspect'], ['load', 5, 'leak'], ['load', 5, 'suspect']), ['it was a leak, and at 35 s suspect']);
    assert.deepEqual(of('hard', ['load', 40, 'leak'], ['after', 40, 'steady']), ['it was a leak, and at 40 s steady', 'steady, 30 s after the load']);
    assert.deepEqual(of('hard', ['load', 40, 'leak'], ['released', 75, 'leak']), ['still reported 75 s after its release']);
    assert.deepEqual(of('piling', ['load', 390, 'suspect'], ['after', 210, 'suspect'], ['after', 300, 'steady']), [], 'they fire');
    assert.deepEqual(of('piling', ['load', 30, 'suspect'], ['load', 5, 'leak']), ['a leak after 30 s, though its timeouts fire']);
  });

  it('is seen of what is innocent', () => {
    const suspect = looks(['load', 100, 'suspect', { couldBe: 'filling-cache' }]);
    assert.deepEqual(judgeInnocent(suspect), []);
    assert.deepEqual(judgeInnocent(suspect, 50_000), []);
    assert.match(judgeInnocent(suspect, 30_000)[0], /though the first had ended at 30 s/);
    assert.match(judgeInnocent(looks(['load', 3, 'suspect']))[0], /without a reserve/);
    assert.match(judgeInnocent(looks(['load', 3, 'leak', { couldBe: 'filling-cache' }]))[0], /^leak/);
  });
});
