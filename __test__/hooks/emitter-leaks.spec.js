'use strict';

const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const { describe, it } = require('node:test');

const { leakline, leaksOf, lineOf } = require('../support/recording');

const bus = new EventEmitter().setMaxListeners(0);
class Redis extends EventEmitter {}
const redis = new Redis().setMaxListeners(0);

function leak() {
  bus.on('on', () => {}); // here: on
  bus.addListener('addListener', () => {}); // here: addListener
  bus.prependListener('prependListener', () => {}); // here: prependListener
  bus.once('once', () => {}); // here: once
  bus.prependOnceListener('prependOnceListener', () => {}); // here: prependOnceListener
  redis.on('message', () => {}).on('message', () => {}); // here: Redis
  const same = () => {};
  bus.on('same', same);
  bus.on('same', same); // here: same function
  bus.off('same', same);
  Promise.resolve().then(() => bus.on('later', () => {})); // here: later
}

function release() {
  const f = () => {};
  bus.on('x', f).prependListener('x', f).off('x', f).off('x', f);
  bus.once('x', f).emit('x');
  bus.on('y', f).on('z', f).removeAllListeners('y').removeAllListeners('z');
  redis.once('x', f).prependOnceListener('x', f).removeAllListeners();
  new Redis().on('x', f).once('y', f); // dies with its listeners
  return Promise.all([once(bus, 'once'), bus.emit('once')]);
}

describe('check', () => {
  it('finds listeners that pile up, at their lines', async () => {
    const found = await leaksOf(leak, { kinds: ['listener'], iterations: 4, rounds: 3, warmup: 1 });
    const wanted = [
      ["EventEmitter 'addListener'", 'addListener'], ["EventEmitter 'later'", 'later'], ["EventEmitter 'on'", 'on'],
      ["EventEmitter 'once'", 'once'], ["EventEmitter 'prependListener'", 'prependListener'],
      ["EventEmitter 'prependOnceListener'", 'prependOnceListener'],
      ["Redis 'message'", 'Redis'], ["Redis 'message'", 'Redis'],
    ].map(([label, mark]) => ({ kind: 'listener', label, line: lineOf(__filename, mark), growth: 'instances', perIteration: 1 }));
    // Node removes the last of two that are the same: the first stays.
    const first = lineOf(__filename, 'same function') - 1;
    wanted.push({ kind: 'listener', label: "EventEmitter 'same'", line: first, growth: 'instances', perIteration: 1 });
    const sorted = (leaks) => leaks.map((each) => JSON.stringify(each)).toSorted();
    assert.deepEqual(sorted(found), sorted(wanted));
    bus.removeAllListeners();
    redis.removeAllListeners();
  });

  it('finds none where every listener is released or dies with its emitter', async () => {
    const result = await leakline.check(release);
    assert.equal(result.leaked, false, result.message);
    assert.deepEqual(result.leaks, [], result.message);
    assert.ok(result.watched.registrations > 100, 'and it was looking');
  });

  it('counts fractions and multiples of one a call', async () => {
    let calls = 0;
    const found = await leaksOf(() => {
      if (calls++ % 2 === 0) bus.on('half', () => {}); // here: half
      for (let i = 0; i < 3; i++) bus.on('three', () => {}); // here: three
    }, { rounds: 3, iterations: 10 });
    assert.deepEqual(found.map(({ line, perIteration }) => [line, perIteration]), [
      [lineOf(__filename, 'three'), 3], [lineOf(__filename, 'half'), 0.5],
    ]);
    bus.removeAllListeners();
  });
});
