'use strict';

const assert = require('node:assert/strict');
const { before, describe, it } = require('node:test');

const { runFixture, runWell, shown, preload } = require('./support/service-child');

const run = async (...args) => (await runWell('breaks-internals.js', { args })).said[0];

let well;
before(async () => {
  well = await run('nothing');
  assert.deepEqual([well.notes, well.dropped, well.thrown, well.changed], [[], 0, null, []]);
  assert.ok(well.sites > 5);
});

/** The counts that do not depend on when garbage is collected. */
const registered = ({ totals }) => Object.fromEntries(Object.entries(totals).map(([kind, counts]) => [kind, counts.registered]));

describe('a function of the addon that throws costs what it records, and a note', () => {
  const pieces = ['holdOwner', 'holdCollection', 'holdHandle', 'site', 'sweep', 'gather', 'release', 'cost', 'detail'];
  for (const piece of pieces) {
    it(piece, async () => {
      const broken = await run('addon', piece);
      assert.deepEqual(broken.outcome, well.outcome, 'the program got something else');
      assert.equal(broken.thrown, null);
      // Nothing in this program has need of these.
      if (['release', 'detail', 'holdHandle'].includes(piece)) return;
      const reported = broken.error ?? broken.notes.join('\n');
      assert.ok(reported.includes(`${piece} is broken`), `it is not reported: ${reported}`);
    });
  }

  it('all of them', async () => {
    const broken = await run('addon', ...pieces);
    assert.deepEqual(broken.outcome, well.outcome);
  });

  it('those that are needed to start: start() throws, and nothing stays patched', async () => {
    for (const piece of ['attach', 'settings', 'layout', 'limits']) {
      const broken = await run('addon', piece);
      assert.deepEqual(broken.outcome, well.outcome, piece);
      assert.deepEqual(broken.thrown, { message: `${piece} is broken`, isStarted: false, patched: false });
    }
  });
});

describe('stacks that cannot be captured', () => {
  const broken = [
    'a prepareStackTrace that can never be changed', 'a stackTraceLimit that can never be changed', 'a frozen Error',
    'a captureStackTrace that throws', 'no captureStackTrace',
  ];
  for (const what of broken) {
    it(`${what}: counts stay exact, with a note`, async () => {
      const found = await run(what);
      assert.deepEqual(found.outcome, well.outcome);
      assert.equal(found.thrown, null);
      assert.deepEqual(found.changed, [], 'what the program set is not touched');
      assert.deepEqual(registered(found), registered(well));
      assert.equal(found.notes.length, 1, found.notes.join('\n'));
      assert.match(found.notes[0], /stacks cannot be captured/);
    });
  }

  const harmless = [
    'an accessor for prepareStackTrace that throws', 'a setter for prepareStackTrace that throws', 'a stackTraceLimit that cannot be written',
    'a stackTraceLimit that is no number', 'no stackTraceLimit', 'a prepareStackTrace of the program',
  ];
  for (const what of harmless) {
    it(`${what}: does not matter`, async () => {
      const [found, without] = [await run(what), await run(what, 'without leakline')];
      assert.deepEqual(found.outcome, well.outcome);
      // Node itself puts some of it back.
      assert.deepEqual(found.changed, without.changed, 'what the program set is not touched');
      assert.deepEqual([found.notes, found.sites, registered(found)], [[], well.sites, registered(well)]);
    });
  }
});

describe('more records at once than the ring holds', () => {
  for (const mode of ['full', 'adaptive', 'counts']) {
    it(`${mode}: nothing is lost`, async () => {
      const times = mode === 'full' ? 20_000 : 300_000;
      const { said: [{ listeners, full, empty }] } = await runWell('fills-ring.js', { args: [mode, String(times)] });
      for (const { overhead, notes } of [full, empty]) assert.deepEqual([overhead.dropped, notes], [0, []]);
      assert.deepEqual(full.totals.timeout, { registered: times, released: times, collected: 0, live: 0 });
      assert.deepEqual(full.totals.interval, { registered: 70_000, released: 0, collected: 0, live: 70_000 });
      assert.deepEqual(empty.totals.interval, { registered: 70_000, released: 70_000, collected: 0, live: 0 });
      if (mode === 'full') assert.ok(full.totals.listener.live === listeners && full.totals.listener.registered >= times / 100);
    });
  }
});

describe('a collector that is gone', () => {
  it('the program goes on; leakline can be stopped and started again', async () => {
    const { said: [found] } = await runWell('collector-gone.js');
    assert.equal(found.heard, 20_000);
    assert.equal(found.size, 1);
    assert.match(found.calls.snapshot, /^ERR_LEAKLINE_/);
    assert.equal(found.calls.stop, 'nothing thrown');
    assert.equal(found.live, 1);
  });

  it('a report that cannot be made costs one warning', async () => {
    const result = await runFixture('collector-gone-at-end.js', { node: preload, env: { LEAKLINE: 'full', LEAKLINE_REPORT: 'stderr' } });
    assert.equal(result.code, 5, shown(result));
    assert.equal(result.stderr.split('\n').filter(Boolean).length, 1, result.stderr);
    assert.match(result.stderr, /^leakline: /);
  });
});
