'use strict';

// The watch by itself, as an adapter drives it.

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const { describe, it } = require('node:test');
const { clearInterval: clearOfNode } = require('node:timers');

const { Pool } = require('tarn');

const leakline = require('../../js/index.js');
const { watchPool } = require('../../js/api/pools');
const { load } = require('../../js/runners/core/config.js');
const { createWatch } = require('../../js/runners/core/watch.js');
const { collectGarbage } = require('../../js/engine/gc.js');

/** What the tests of one file fail by, one array of messages a file. */
async function watched(...tests) {
  const settings = load(__dirname, {});
  settings.config.graceMs = 50;
  const watch = createWatch({ realm: globalThis, runner: 'node:test', file: __filename, settings, scope() {} });
  for (const test of tests) {
    const begun = watch.begin(test.name);
    await test();
    await watch.end(begun);
  }
  const { failures } = await watch.finish();
  return failures.map(({ tests: [{ name }] }) => name);
}

const older = () => new EventEmitter().setMaxListeners(0);
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a watch', () => {
  it('fails the test that leaves a listener on what is older, and no other', async () => {
    const bus = older();
    const removed = () => {};
    assert.deepEqual(await watched(
      function leaks() { bus.on('x', () => {}); },
      function fixes() { bus.on('y', removed).off('y', removed); },
      function owns() { older().on('z', () => {}); },
    ), ['leaks']);
  });

  it('begins its message with the cause', async () => {
    const settings = load(__dirname, {});
    settings.config.graceMs = 50;
    const watch = createWatch({ realm: globalThis, runner: 'node:test', file: __filename, settings, scope() {} });
    const bus = older();
    const begun = watch.begin('leaks');
    const timers = Array.from({ length: 3 }, () => setInterval(() => {}, 1e6));
    bus.on('x', () => timers);
    await watch.end(begun);
    const { failures: [{ message }] } = await watch.finish();
    timers.forEach(clearInterval);
    assert.match(message, /^leakline: 2 leaks.*\n\n1 {2}listener 'x' on EventEmitter/);
    assert.match(message, /\n2 {2}setInterval 1,000,000 ms/);
  });

  it('fails the test that leaves a listener on an older event target, and no other', async () => {
    const heard = () => {
      const controller = new AbortController();
      controller.signal.addEventListener('abort', () => {});
      return controller;
    };
    leakline.start({ mode: 'full' });
    const [target, closed, listener] = [new EventTarget(), heard(), () => {}];
    const { signal } = heard();
    target.addEventListener('x', () => {});
    leakline.stop();
    assert.deepEqual(await watched(
      function leaks() { target.addEventListener('x', () => {}); },
      function leaksOnASignal() { signal.addEventListener('abort', () => {}, { once: true }); },
      function fixes() {
        signal.addEventListener('abort', listener);
        signal.removeEventListener('abort', listener);
      },
      function owns() {
        const own = new AbortController();
        own.signal.addEventListener('abort', () => {});
        target.addEventListener('x', () => {}, { signal: own.signal });
        own.abort();
        new EventTarget().addEventListener('x', () => {}, { signal });
        AbortSignal.any([signal]).addEventListener('abort', () => {});
        AbortSignal.timeout(60_000).onabort = () => {};
      },
      function leavesItToTheAborted() {
        closed.signal.addEventListener('abort', () => {});
        closed.abort();
      },
    ), ['leaks', 'leaksOnASignal']);
  });

  it('fails the test that takes from a pool that is watched and does not return it', async () => {
    const pool = new Pool({ create: async () => ({}), destroy() {}, min: 0, max: 5 });
    const { unwatch } = watchPool(pool);
    const lost = [];
    assert.deepEqual(await watched(
      async function loses() { lost.push(await pool.acquire().promise); },
      async function returns() { pool.release(await pool.acquire().promise); },
    ), ['loses']);
    pool.release(lost[0]);
    unwatch();
    await pool.destroy();
  });

  it('costs little where leaks are off, until somebody wants to hear of them', async () => {
    const bus = older();
    const settings = load(__dirname, { LEAKLINE_LEAKS: 'off' });
    settings.config.graceMs = 50;
    const watch = createWatch({ realm: globalThis, runner: 'node:test', file: __filename, settings, scope() {} });
    const quiet = watch.begin('quiet');
    bus.on('x', () => {});
    new Map();
    await watch.end(quiet);
    assert.equal(leakline.snapshot().overhead.capturedStacks, 0);
    const loud = watch.begin('loud');
    watch.level('fail');
    bus.on('y', () => {});
    await watch.end(loud);
    const { failures } = await watch.finish();
    assert.deepEqual(failures.map(({ tests: [{ name }] }) => name), ['loud']);
  });

  it('takes stacks of a few Maps only, except in a check', async () => {
    const made = () => Array.from({ length: 50_000 }, () => new Map()).length;
    await watched(async function makes() {
      made();
      assert.ok(leakline.snapshot().overhead.capturedStacks < 25_000);
      const kept = [];
      const { leaks } = await leakline.check(() => kept.push(new Map()), { warmup: 0, rounds: 3, iterations: 10, kinds: ['map'] });
      assert.deepEqual(leaks.map(({ perIteration }) => perIteration), [1]);
    });
  });

  it('goes on in the next file when a check never ended', async () => {
    const bus = older();
    await watched(function hangs() {
      leakline.check(() => new Promise(() => {}), { warmup: 0 }).catch(() => {});
    });
    await turn();
    assert.deepEqual(await watched(function leaks() { bus.on('x', () => {}); }), ['leaks']);
    const { leaked } = await leakline.check(() => {}, { warmup: 0, rounds: 2, iterations: 1 });
    assert.equal(leaked, false);
  });

  it('knows what an earlier file made as old', async () => {
    let bus;
    await watched(function one() {}, function two() {}, function makes() { bus = older(); });
    assert.deepEqual(await watched(function leaks() { bus.on('x', () => {}); }), ['leaks']);
  });

  it('takes an object’s word that it is closed only of what can be closed', async () => {
    const breaker = Object.assign(older(), { closed: true, close() {} });
    const stream = Object.assign(older(), { destroyed: true, destroy() {} });
    assert.deepEqual(await watched(
      function leaks() { breaker.on('open', () => {}); },
      function forgives() { stream.on('data', () => {}); },
    ), ['leaks']);
  });

  it('sees that a timer is over when it was cleared by a function from before', async () => {
    assert.deepEqual(await watched(
      function clears() {
        clearOfNode(setInterval(() => {}, 60_000));
        collectGarbage();
      },
      async function clearsLater() {
        const timer = setInterval(() => {}, 60_000);
        await turn();
        clearOfNode(timer);
      },
    ), []);
  });

  it('leaves the recording to the program that began it', async () => {
    leakline.start({ mode: 'counts' });
    await watched(function tests() {
      leakline.stop();
      assert.equal(leakline.isStarted(), true);
    });
    assert.equal(leakline.isStarted(), false, 'the stop was only put off');
  });
});

describe('a check that outlives its test', () => {
  it('ends with it, and the next test may check', async () => {
    const settings = load(__dirname, {});
    const watch = createWatch({ realm: globalThis, runner: 'node:test', file: __filename, settings, scope() {} });
    try {
      const before = leakline.check(() => new Promise(() => {}), { census: false });
      // No test has begun it.
      const first = watch.begin('one that does not check');
      await watch.end(first);
      await assert.rejects(leakline.check(() => {}), { code: 'ERR_LEAKLINE_CHECKING' });
      void before;
    } finally {
      await watch.finish();
    }
    const again = createWatch({ realm: globalThis, runner: 'node:test', file: __filename, settings, scope() {} });
    try {
      const slow = again.begin('one whose time is up');
      const check = leakline.check(() => new Promise(() => {}), { census: false });
      const other = again.begin('one beside it');
      await again.end(other);
      await turn();
      await again.end(slow);
      await assert.rejects(check, { code: 'ERR_LEAKLINE_CHECK_ENDED' });
      const next = again.begin('the next');
      const bus = older();
      const { leaks } = await leakline.check(() => bus.on('x', () => {}), { warmup: 2, rounds: 2, iterations: 2, census: false });
      assert.deepEqual(leaks.map(({ kind }) => kind), ['listener']);
      bus.removeAllListeners();
      await again.end(next);
    } finally {
      await again.finish();
    }
  });
});
