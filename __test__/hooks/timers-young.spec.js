'use strict';

const assert = require('node:assert/strict');
const { afterEach, describe, it } = require('node:test');
const { setTimeout: pause } = require('node:timers/promises');

const { leakline, lineOf } = require('../support/recording');
const { areCollected } = require('../support/garbage');

const HOUR_MS = 3_600_000;
const noop = () => {};
const kinds = ['timeout', 'interval', 'immediate'];
const start = (options) => leakline.start({ mode: 'counts', kinds, ...options });
/** Of one kind, without those that the test runner may have made. */
const counts = (kind = 'timeout') => leakline.snapshot().totals[kind];
const written = () => leakline.snapshot().overhead.events;

describe('timers without a stack', () => {
  afterEach(() => leakline.stop());

  it('that are over soon cost no records, and are counted', () => {
    start();
    const before = written();
    for (let i = 0; i < 1_000; i++) clearTimeout(setTimeout(noop, HOUR_MS));
    for (let i = 0; i < 500; i++) clearInterval(setInterval(noop, HOUR_MS));
    for (let i = 0; i < 200; i++) clearImmediate(setImmediate(noop));
    assert.deepEqual(counts('timeout'), { registered: 1_000, released: 1_000, collected: 0, live: 0 });
    assert.deepEqual(counts('interval'), { registered: 500, released: 500, collected: 0, live: 0 });
    assert.deepEqual(counts('immediate'), { registered: 200, released: 200, collected: 0, live: 0 });
    assert.ok(written() - before < 10, `${written() - before} records`);
  });

  it('are counted exactly whenever somebody looks, however many there are', () => {
    start();
    const timers = Array.from({ length: 300 }, () => setTimeout(noop, HOUR_MS));
    assert.equal(counts().live, 300);
    for (const timer of timers.splice(0, 150)) clearTimeout(timer);
    assert.equal(counts().live, 150);
    timers.push(setTimeout(noop, HOUR_MS));
    for (const timer of timers) timer.close();
    assert.deepEqual(counts(), { registered: 301, released: 301, collected: 0, live: 0 });
  });

  it('end when they fire, also by a number, and are revived', async () => {
    start();
    await new Promise((resolve) => void setTimeout(resolve, 1));
    await new Promise((resolve) => void setImmediate(resolve));
    assert.deepEqual(counts(), { registered: 1, released: 1, collected: 0, live: 0 });
    assert.deepEqual(counts('immediate'), { registered: 1, released: 1, collected: 0, live: 0 });
    const number = +setTimeout(noop, HOUR_MS);
    clearTimeout(number);
    const timer = await new Promise((resolve) => {
      const own = setTimeout(() => resolve(own), 1);
    });
    timer.refresh();
    assert.deepEqual(counts(), { registered: 4, released: 3, collected: 0, live: 1 });
    clearTimeout(timer);
    assert.equal(counts().live, 0);
  });

  it('are registered when they have lived for a while', async () => {
    start();
    const before = written();
    const timers = Array.from({ length: 20 }, () => setTimeout(noop, HOUR_MS));
    leakline.snapshot();
    assert.equal(written() - before, 20);
    await pause(300);
    for (const timer of timers) clearTimeout(timer);
    assert.equal(counts().live, 0);
    assert.ok(written() - before >= 40);
  });

  it('hold nothing when they are over', async () => {
    start();
    const cleared = (() => {
      const held = {};
      clearTimeout(setTimeout(() => held, HOUR_MS));
      return new WeakRef(held);
    })();
    const fired = await (async () => {
      const held = {};
      await new Promise((resolve) => void setTimeout(() => resolve(held), 1));
      return new WeakRef(held);
    })();
    assert.ok(await areCollected(cleared, fired));
  });

  it('outlive the recording', async () => {
    start();
    const before = setTimeout(noop, HOUR_MS);
    const fires = new Promise((resolve) => void setTimeout(resolve, 20));
    leakline.stop();
    start();
    clearTimeout(before);
    await fires;
    assert.equal(counts()?.released ?? 0, 0);
  });

  it('have one in a check, in whatever mode', async () => {
    start({ mode: 'adaptive' });
    const { leaks } = await leakline.check(() => void setTimeout(noop, HOUR_MS).unref(), { iterations: 10, rounds: 3 }); // here: kept
    assert.deepEqual(leaks.map(({ stack }) => stack[0].line), [lineOf(__filename, 'kept')]);
  });
});
