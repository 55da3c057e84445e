'use strict';

// A check that is to end before its time, and one that ends early by itself.

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const { afterEach, describe, it } = require('node:test');

const { leakline } = require('../support/recording');
const { createPace } = require('../../js/engine/pace');

const never = () => new Promise(() => {});
const bus = new EventEmitter().setMaxListeners(0);

afterEach(() => {
  assert.equal(leakline.isStarted(), false, 'the check has ended its recording');
  bus.removeAllListeners();
});

describe('check() with a timeout', () => {
  it('ends although its function never settles, and says how far it came', async () => {
    await assert.rejects(leakline.check(never, { timeout: 20 }), { code: 'ERR_LEAKLINE_TIMEOUT', message: /within 20 ms, and 1 of 55 calls had begun/ });
  });

  it('does not call the function any more', async () => {
    let calls = 0;
    const slow = () => {
      calls++;
      return new Promise((resolve) => setTimeout(resolve, 5));
    };
    await assert.rejects(leakline.check(slow, { timeout: 40 }), { code: 'ERR_LEAKLINE_TIMEOUT' });
    const ended = calls;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(calls, ended);
  });

  it('that is not reached changes nothing; the next check works', async () => {
    await assert.rejects(leakline.check(never, { timeout: 5 }), { code: 'ERR_LEAKLINE_TIMEOUT' });
    const result = await leakline.check(() => bus.on('x', () => {}), { timeout: 600_000, census: false });
    assert.deepEqual(result.leaks.map(({ kind, perIteration }) => [kind, perIteration]), [['listener', 1]]);
  });

  for (const timeout of [0, -1, 1.5, '5', Infinity]) {
    it(`refuses ${JSON.stringify(timeout)}`, () => assert.rejects(leakline.check(() => {}, { timeout }), { code: 'ERR_LEAKLINE_OPTION' }));
  }
});

describe('check() with a signal', () => {
  it('is rejected with its reason when it is aborted', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 10);
    await assert.rejects(leakline.check(never, { signal: controller.signal }), reason);
  });

  it('that was aborted before calls nothing', async () => {
    let calls = 0;
    await assert.rejects(leakline.check(() => calls++, { signal: AbortSignal.abort() }), { name: 'AbortError' });
    assert.equal(calls, 0);
  });

  it('does not see its own listener, and leaves none', async () => {
    const { signal } = new AbortController();
    let left = 0;
    const { addEventListener, removeEventListener } = EventTarget.prototype;
    const { leaks } = await leakline.check(() => {}, { signal, kinds: ['listener'], census: false });
    signal.addEventListener('abort', () => left++);
    assert.deepEqual([leaks, left], [[], 0]);
    assert.deepEqual([addEventListener, removeEventListener], [EventTarget.prototype.addEventListener, EventTarget.prototype.removeEventListener]);
  });

  for (const signal of [{}, 5, new EventTarget()]) {
    it(`refuses ${String(signal)}`, () => assert.rejects(leakline.check(() => {}, { signal }), { code: 'ERR_LEAKLINE_OPTION' }));
  }
});

describe('a quick check()', () => {
  it('finds what a thorough one finds', async () => {
    const result = await leakline.check(() => bus.on('x', () => {}), { quick: true, census: false });
    assert.deepEqual(result.leaks.map(({ kind, perIteration }) => [kind, perIteration]), [['listener', 1]]);
    assert.ok(result.rounds >= 2 && result.rounds <= 5);
    assert.equal(result.iterations, result.rounds * 10);
  });

  it('waits for what clears late', async () => {
    const clears = () => {
      const listener = () => {};
      bus.on('x', listener);
      setTimeout(() => bus.off('x', listener), 50);
    };
    const { leaks } = await leakline.check(clears, { quick: true, census: false });
    assert.deepEqual(leaks, []);
  });

  it('makes as few as two rounds and two waits where a garbage collection takes long', async () => {
    const pace = createPace(true, 5);
    const slow = () => new Promise((resolve) => setTimeout(resolve, 900));
    let rounds = 0;
    while (pace.wantsRound(rounds)) {
      rounds++;
      await pace.look(slow);
    }
    assert.equal(rounds, 2);
    assert.deepEqual(pace.waits.map((_, index) => pace.wantsWait(index)), [true, true, false, false]);
  });

  it('is as thorough as any where they are fast', () => {
    const pace = createPace(true, 5);
    let rounds = 0;
    while (pace.wantsRound(rounds)) rounds++;
    assert.equal(rounds, 5);
  });
});
