'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { runWell } = require('./support/service-child');

const isLong = Boolean(process.env.LEAKLINE_LONG);
const MIB = 2 ** 20;

describe('more than 10,000 creation stacks', () => {
  it('are counted by kind, exactly; a note says so; and they are forgotten', async () => {
    const { said: [{ totals, notes, overhead, sites, counted, after, grownMiB }] } = await runWell('many-stacks.js');
    assert.deepEqual(totals.timeout, { registered: 5_100, released: 0, collected: 0, live: 5_100 });
    assert.deepEqual(totals.interval, { registered: 5_100, released: 0, collected: 0, live: 5_100 });
    assert.equal(sites, 10_000);
    assert.equal(counted.timeout + counted.interval, 10_000, 'one each: a stack is never taken for another');
    assert.equal(notes.length, 1, notes.join('\n'));
    assert.match(notes[0], /creation stacks .*\b10000\b|\b10000 creation stacks/);
    assert.ok(overhead.bytes > 10_000 * 100 && overhead.bytes < 64 * MIB, `overhead.bytes: ${overhead.bytes}`);
    assert.equal(overhead.dropped, 0);
    assert.deepEqual([after.totals.timeout.live, after.totals.interval.live, after.dropped], [0, 0, 0]);
    assert.deepEqual(after.notes, notes);
    // 3,000 names of 10 KB would be 29 MiB.
    assert.ok(grownMiB < 10, `${grownMiB} MiB are kept for scripts that are gone`);
  });
});

describe('registrations and releases without end leave nothing', () => {
  const millions = isLong ? 10_000_000 : 500_000;
  const withStacks = isLong ? 3_000_000 : 100_000;
  const cases = [
    ['adaptive', 'timers', millions, 'timeout'],
    ['counts', 'timers', millions, 'timeout'],
    ['full', 'timers', withStacks, 'timeout'],
    ['full', 'listeners', withStacks, 'listener'],
    ['full', 'events', 100_000, 'listener'],
    ['adaptive', 'collections', millions, 'map'],
  ];
  for (const [mode, what, times, kind] of cases) {
    it(`${mode}: ${times} ${what}`, async () => {
      const { said: [looks] } = await runWell('many-registrations.js', { args: [mode, what, String(times)], killMs: 600_000 });
      assert.equal(looks.length, 3);
      const [first, , last] = looks;
      const { registered, live } = last.totals[kind];
      // Where collections are sampled the count is an estimate.
      if (what === 'collections') assert.ok(Math.abs(registered - times) < times / 3, `${registered} registered of ${times}`);
      else assert.ok(registered >= times && registered < times + 100, `${registered} registered of ${times}`);
      assert.ok(live < 2_000, `${live} live`);
      assert.equal(last.overhead.dropped, 0);
      assert.deepEqual(last.notes, []);
      assert.ok(last.overhead.events > first.overhead.events);
      assert.ok(last.overhead.bytes >= MIB / 4, 'the ring alone is 256 KiB');
      const grown = last.overhead.bytes - first.overhead.bytes;
      assert.ok(grown <= 64 * 1024, `overhead.bytes grew by ${grown}`);
      const heap = (last.heapUsed - first.heapUsed) / MIB;
      assert.ok(heap < 4, `the heap grew by ${heap} MiB`);
      // V8 gives its heap more room as it likes; the rest of the process is the addon's.
      const native = (last.rss - last.heapTotal - first.rss + first.heapTotal) / MIB;
      assert.ok(native < 24, `the process grew by ${native} MiB`);
      assert.ok(last.labels.every((length) => length < 500), 'a label that names every event');
    });
  }
});

describe('emitters that live for one request', () => {
  for (const mode of ['full', 'adaptive']) {
    it(`${mode}: what was kept for them is given back without a snapshot`, async () => {
      const { said: [{ waits, MAX_WAITS, peak, listener }] } = await runWell('short-lived-emitters.js', { args: [mode] });
      assert.ok(waits < MAX_WAITS, `some of ${peak} MiB are still held`);
      if (mode === 'full') assert.ok(listener.registered >= 120_000);
      assert.ok(listener.live < 100, `${listener.live} live`);
    });
  }
});

describe('millions of live registrations', () => {
  /** V8 keeps its part of weak handles, 40 bytes each, for later ones. */
  const isGivenBack = (full, empty) => empty.overhead.bytes < full.overhead.bytes * 0.6;

  it('cost some tens of bytes each, and nothing when they are gone', { skip: !isLong && 'takes long: set LEAKLINE_LONG=1' }, async () => {
    const count = 4_300_000;
    const { said: [{ full, empty }] } = await runWell('many-live.js', { node: ['--max-old-space-size=4096'], args: [String(count)] });
    assert.equal(full.totals.connection.registered, count);
    assert.equal(full.notes.length, 1, full.notes.join('\n'));
    assert.match(full.notes[0], /connection: more than 4194303 were live at once/);
    assert.ok(full.overhead.bytes / count < 128);
    assert.equal(empty.totals.connection.live, 0);
    assert.ok(isGivenBack(full, empty), `${empty.overhead.bytes} of ${full.overhead.bytes} bytes are still held`);
  });

  it('are given back', async () => {
    const count = 200_000;
    const { said: [{ full, empty }] } = await runWell('many-live.js', { args: [String(count)] });
    assert.deepEqual(full.totals.connection, { registered: count, released: 0, collected: 0, live: count });
    assert.deepEqual(full.notes, []);
    assert.ok(full.overhead.bytes / count < 128, `${full.overhead.bytes} bytes`);
    assert.deepEqual(empty.totals.connection, { registered: count, released: count, collected: 0, live: 0 });
    assert.ok(isGivenBack(full, empty), `${empty.overhead.bytes} of ${full.overhead.bytes} bytes are still held`);
  });
});
