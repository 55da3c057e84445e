'use strict';

const assert = require('node:assert/strict');
const promises = require('node:timers/promises');
const { after, describe, it } = require('node:test');
const { promisify } = require('node:util');

const { later, recording, tally } = require('../support/recording');
const { inChild } = require('../support/child');

const HOUR = 3_600_000;
const aborted = AbortSignal.abort();
const left = new AbortController();
const waiting = { signal: left.signal };

/** Waits for a rejection by an abort. */
const rejected = (promise) => assert.rejects(promise, { name: 'AbortError' });
const abortSoon = () => {
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  return { signal: controller.signal };
};

// What is done, the kind, and what is counted.
const cases = {
  'a timeout that waits': [() => void promises.setTimeout(HOUR, null, waiting).catch(() => {}), 'timeout', '1 registered, 1 live'],
  'a timeout that fired': [() => promises.setTimeout(1), 'timeout', '1 registered, 1 released'],
  'a timeout with a value and options that fired': [async () => {
    assert.equal(await promises.setTimeout(1, 'value', { ref: true }), 'value');
  }, 'timeout', '1 registered, 1 released'],
  'a timeout, aborted before': [() => rejected(promises.setTimeout(HOUR, null, { signal: aborted })), 'timeout', 'nothing'],
  'a timeout, aborted while it waits': [() => rejected(promises.setTimeout(HOUR, null, abortSoon())), 'timeout', '1 registered, 1 released'],
  'a timeout, aborted after it fired': [async () => {
    const controller = new AbortController();
    await promises.setTimeout(1, null, { signal: controller.signal });
    controller.abort();
  }, 'timeout', '1 registered, 1 released'],
  'a timeout whose delay is refused': [() => assertRefusedOrFired(promises.setTimeout('soon')), 'timeout', 'nothing', !refusesDelays()],
  'a timeout whose options are refused': [() => assert.rejects(promises.setTimeout(HOUR, null, { signal: 1 }), { code: 'ERR_INVALID_ARG_TYPE' }), 'timeout', 'nothing'],
  'promisify(setTimeout)': [() => promisify(setTimeout)(1), 'timeout', '1 registered, 1 released'],
  'promisify(setTimeout) that waits': [() => void promisify(setTimeout)(HOUR, null, waiting).catch(() => {}), 'timeout', '1 registered, 1 live'],
  'an immediate that ran': [() => promises.setImmediate(), 'immediate', '1 registered, 1 released'],
  'an immediate with a value': [async () => {
    assert.equal(await promises.setImmediate('value'), 'value');
  }, 'immediate', '1 registered, 1 released'],
  'an immediate, aborted before': [() => rejected(promises.setImmediate(null, { signal: aborted })), 'immediate', 'nothing'],
  'promisify(setImmediate)': [() => promisify(setImmediate)(), 'immediate', '1 registered, 1 released'],
  'scheduler.wait that waits': [() => void promises.scheduler.wait(HOUR, waiting).catch(() => {}), 'timeout', '1 registered, 1 live'],
  'scheduler.wait that fired': [() => promises.scheduler.wait(1), 'timeout', '1 registered, 1 released'],
  'scheduler.wait, aborted before': [() => rejected(promises.scheduler.wait(HOUR, { signal: aborted })), 'timeout', 'nothing'],
  'scheduler.wait, aborted while it waits': [() => rejected(promises.scheduler.wait(HOUR, abortSoon())), 'timeout', '1 registered, 1 released'],
  'an interval that goes on': [async () => {
    const iterator = promises.setInterval(1, 'value', { ...waiting, ref: false });
    assert.deepEqual(await iterator.next(), { value: 'value', done: false });
  }, 'interval', '1 registered, 1 live'],
  'an interval that nobody began to iterate': [() => void promises.setInterval(HOUR), 'interval', 'nothing'],
  'an interval, left by break': [async () => {
    let runs = 0;
    for await (const value of promises.setInterval(1, 'value')) {
      assert.equal(value, 'value');
      if (++runs === 3) break;
    }
  }, 'interval', '1 registered, 1 released'],
  'an interval, left by an error': [() => assert.rejects(async () => {
    for await (const _ of promises.setInterval(1)) throw new Error('mine');
  }, /mine/), 'interval', '1 registered, 1 released'],
  'an interval, left by abort': [() => rejected((async () => {
    const controller = new AbortController();
    for await (const _ of promises.setInterval(1, null, { signal: controller.signal })) controller.abort();
  })()), 'interval', '1 registered, 1 released'],
  'an interval, ended by return()': [async () => {
    const iterator = promises.setInterval(1);
    await iterator.next();
    assert.deepEqual(await iterator.return('end'), { value: 'end', done: true });
    assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  }, 'interval', '1 registered, 1 released'],
  'an interval, ended by throw()': [async () => {
    const iterator = promises.setInterval(1);
    await iterator.next();
    await assert.rejects(iterator.throw(new Error('mine')), /mine/);
  }, 'interval', '1 registered, 1 released'],
  'two intervals at once': [async () => {
    const [a, b] = [promises.setInterval(1), promises.setInterval(1, null, { ...waiting, ref: false })];
    await Promise.all([a.next(), b.next()]);
    await a.return();
  }, 'interval', '2 registered, 1 released, 1 live'],
};

function refusesDelays() {
  return Number(process.versions.node.split('.')[0]) > 20;
}

function assertRefusedOrFired(promise) {
  return assert.rejects(promise, { code: 'ERR_INVALID_ARG_TYPE' });
}

describe('timers of promises are counted:', () => {
  after(() => left.abort());

  for (const [what, [act, kind, expected, isAbsent]] of Object.entries(cases)) {
    it(what, { skip: isAbsent && 'this Node takes any delay' }, async () => {
      assert.equal(await tally(kind, async () => {
        await act();
        await later(2);
      }), expected);
    });
  }
});

describe('timers of promises look the same:', () => {
  it('what reflection shows of an iterator', async () => {
    const shown = () => {
      const iterator = promises.setInterval(1);
      return [Object.prototype.toString.call(iterator), Reflect.ownKeys(iterator), typeof iterator.next, iterator[Symbol.asyncIterator]() === iterator];
    };
    const without = shown();
    assert.deepEqual((await recording(shown)).result, without);
  });

  for (const [what, fixture] of [['rejections that nobody handles', 'unhandled-rejections.js'], ['errors that callbacks throw', 'uncaught-exceptions.js']]) {
    it(what, async () => {
      const [without, withIt] = [await inChild(fixture), await inChild(fixture, { register: 'require' })];
      assert.ok(without.value.length > 3);
      assert.deepEqual(withIt.value, without.value);
    });
  }
});
