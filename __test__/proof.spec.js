'use strict';

// A look at the heap proves which findings of a check go with others, and names what holds what no finding keeps.

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const { afterEach, describe, it } = require('node:test');

const { leakline, lineOf } = require('./support/recording');

const here = (mark) => lineOf(__filename, mark);
const quick = { warmup: 3, rounds: 3, iterations: 3, census: false };
const at = (leak) => leak.stack.find(({ file }) => file === __filename)?.line;
const causes = ({ leaks }) => leaks.filter(({ role }) => role === 'cause');

afterEach(() => leakline.stop());

class Device extends EventEmitter {}
class Job extends EventEmitter {}

/** Holds each device by the next one: no hook sees that. */
const monitor = { last: null };

function connect() {
  const device = new Device();
  device.on('reading', () => {}); // here: reading
  device.before = monitor.last;
  monitor.last = device;
}

function submit(queue) {
  const job = new Job();
  job.on('done', () => {}); // here: done
  queue.on('drain', () => job.emit('done')); // here: drain
}

describe('two leaks of one check', () => {
  const queue = new EventEmitter().setMaxListeners(0);
  const both = () => {
    connect();
    submit(queue);
  };

  it('do not hide each other, and what one of them keeps is folded', async () => {
    const result = await leakline.check(both, quick);
    const [first, second, ...rest] = causes(result);
    assert.deepEqual([at(first), at(second), rest.length], [here('drain'), here('reading'), 0], result.message);
    assert.match(second.heldBy, /monitor(: Object)? › last: Device/);
    assert.equal(second.standsFor, 'Device');
    assert.ok(second.retainers.length > 1 && second.bytesPerCall > 0);
    const job = result.leaks.find((leak) => at(leak) === here('done'));
    assert.deepEqual([job.role, job.keptBy], ['consequence', [first.fingerprint]]);
    assert.match(result.message, /keeps {4}1 more finding: listeners of Job; it goes when this is fixed/);
    assert.ok(result.heap.lookMs > 0);
  });

  it('are ranked by signs alone with heap: false', async () => {
    const result = await leakline.check(both, { ...quick, heap: false });
    assert.deepEqual(causes(result).map(at), [here('drain')], result.message);
    assert.ok(result.leaks.every(({ keptBy, retainers }) => keptBy === undefined && retainers === undefined));
    assert.match(result.message, /probably kept by the above: listeners of\s+Device,\s+Job/);
    assert.equal(result.heap.lookMs, undefined);
  });
});

it('a single cause takes no look', async () => {
  const bus = new EventEmitter().setMaxListeners(0);
  const result = await leakline.check(() => bus.on('x', () => {}), quick);
  assert.deepEqual([result.leaks.length, result.heap.lookMs], [1, undefined], result.message);
});

it('what several causes keep together is said so', async () => {
  const [one, other] = [new EventEmitter().setMaxListeners(0), new EventEmitter().setMaxListeners(0)];
  const result = await leakline.check(() => {
    const job = new Job();
    job.on('done', () => {});
    one.on('a', () => job.emit('done'));
    other.on('b', () => job.emit('done'));
  }, quick);
  const found = causes(result).map(({ fingerprint }) => fingerprint).sort();
  const kept = result.leaks.find(({ role }) => role === 'consequence');
  assert.deepEqual([found.length, kept.keptBy.toSorted()], [2, found], result.message);
  assert.match(result.message, /only because of the above together: 1 more finding: listeners of Job/);
});

it('a timer that holds what it closes over', async () => {
  const timers = [];
  const result = await leakline.check(() => {
    const job = new Job();
    job.on('done', () => {});
    timers.push(setInterval(() => job.emit('done'), 1e6).unref()); // here: interval
  }, quick);
  timers.forEach(clearInterval);
  const [cause, ...rest] = causes(result);
  assert.deepEqual([cause.kind, at(cause), rest.length], ['interval', here('interval'), 0], result.message);
  assert.deepEqual(result.leaks.at(-1).keptBy, [cause.fingerprint], result.message);
});
