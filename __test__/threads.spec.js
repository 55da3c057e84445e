'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { temporaryFolder } = require('./support/run');
const { runFixture, runWell, shown, at, lineOf, preload } = require('./support/service-child');

const folder = temporaryFolder();
const env = { LEAKLINE: 'full' };

describe('one snapshot shows all threads', () => {
  it('each with its own sites; what a worker held is released when it ends, however it ends', async () => {
    const { said, file, ...result } = await runFixture('threads.js', { node: preload, env });
    assert.equal(result.code, 0, shown(result));
    assert.deepEqual(said.map(({ step }) => step), ['all', 'end', 'process.exit()', 'crash', 'terminate()', 'terminate() while it is blocked']);
    for (const { step, expected, threads, listener, sites } of said) {
      assert.equal(threads, expected.length, step);
      const [own] = at(sites, file, 'the main thread leaks');
      assert.deepEqual([own.thread, own.live], [0, 1], step);
      const ofWorkers = at(sites, file, 'a worker leaks');
      assert.deepEqual(ofWorkers.map(({ thread }) => thread).sort(), expected.slice(1).sort(), step);
      assert.deepEqual(ofWorkers.map(({ live }) => live), expected.slice(1).map(() => 5), step);
      assert.equal(new Set(ofWorkers.map(({ fingerprint }) => fingerprint)).size, expected.length > 1 ? 1 : 0, 'the same stack is the same site in each');
      assert.equal(listener.live, listener.registered - listener.released - listener.collected, step);
      assert.ok(sites.every(({ thread }) => expected.includes(thread)), `${step}: a site of a thread that has ended`);
    }
    assert.ok(said.at(-1).listener.released >= 25, 'five workers had five listeners each');
  });

  it('a worker records when its environment says so, or when it starts itself', async () => {
    const { said } = await runWell('thread-of-each-kind.js', { node: preload });
    assert.deepEqual(said, [
      { what: 'started before', isStarted: false, threads: 1, threadsOfSites: 1 },
      { what: 'started after', isStarted: false, threads: 1, threadsOfSites: 1 },
      { what: 'starts itself', isStarted: true, threads: 2, threadsOfSites: 2 },
      { what: 'with LEAKLINE', isStarted: true, threads: 2, threadsOfSites: 2 },
      { what: 'with LEAKLINE off', isStarted: false, threads: 1, threadsOfSites: 1 },
      { what: 'with a copy of the environment', isStarted: true, threads: 2, threadsOfSites: 2 },
      { what: 'with the same environment', isStarted: true, threads: 2, threadsOfSites: 2 },
      { what: 'in the end', threads: 1, threadsOfSites: 1 },
    ]);
  });
});

describe('threads that come and go', () => {
  it('50 workers, one after the other, leave nothing', async () => {
    const { said } = await runWell('many-threads.js', { node: preload, env });
    assert.deepEqual(said.map(({ count }) => count), [10, 20, 30, 40, 50]);
    for (const { threads, ofWorkers, interval, overhead } of said) {
      assert.deepEqual([threads, ofWorkers, interval.live, overhead.dropped], [1, 0, 0, 0]);
    }
    assert.equal(said.at(-1).interval.registered, 50 * 200);
    const [first, last] = [said[0], said.at(-1)];
    const grown = last.overhead.bytes - first.overhead.bytes;
    assert.ok(grown < 64 * 1024, `overhead.bytes grew by ${grown}`);
    // A worker's ring alone is 1 MiB.
    const rss = (last.rss - first.rss) / 2 ** 20;
    assert.ok(rss < 30, `40 workers left ${rss} MiB`);
  });

  it('the addon is loaded and started in workers only, then in the main thread', async () => {
    const { said } = await runWell('only-in-threads.js');
    assert.deepEqual(said, [{ live: 1, threads: 1, mode: 'counts' }]);
  });
});

describe('check() beside a worker that', () => {
  for (const state of ['rests', 'works']) {
    it(`${state}: finds no leak where there is none`, async () => {
      const { said: [{ leaked, leaks, notes }] } = await runWell('check-beside-thread.js', { node: preload, env, args: [state] });
      assert.deepEqual({ leaked, leaks, notes }, { leaked: false, leaks: [], notes: [] });
    });
  }

  it('works: finds the leak of the main thread', async () => {
    const { said: [{ leaked, leaks }], file } = await runWell('check-beside-thread.js', { node: preload, env, args: ['works', 'leaky'] });
    assert.equal(leaked, true);
    assert.deepEqual(leaks.map(({ origin, perIteration }) => [origin.line, perIteration]), [[lineOf(file, 'the main thread leaks'), 1]]);
  });

  it('leaks itself: finds that', async () => {
    const { said: [{ leaked, leaks }], file } = await runWell('check-beside-thread.js', { node: preload, env, args: ['leaks'] });
    assert.equal(leaked, true);
    assert.deepEqual([leaks[0].kind, leaks[0].origin.line], ['interval', lineOf(file, 'a worker leaks')]);
    // The array that keeps them is looked at a moment later, when it has more: it may stand for itself.
    assert.deepEqual(leaks.slice(1).filter(({ label }) => label !== 'Array kept'), []);
  });

  it('is blocked: goes on without it, and says so', async () => {
    const { said: [{ leaks, notes }] } = await runWell('check-beside-thread.js', { node: preload, env, args: ['is blocked'] });
    assert.deepEqual(leaks, []);
    assert.equal(notes.length, 1, notes.join('\n'));
    assert.match(notes[0], /a worker did not collect its garbage in time/);
  });

  it('waits for tasks and cannot collect its garbage: calls none of it a leak', async () => {
    const { said: [{ leaked, leaks, notes }] } = await runWell('check-beside-thread.js', { node: preload, env, args: ['takes tasks'] });
    assert.deepEqual({ leaked, leaks }, { leaked: false, leaks: [] });
    assert.match(notes.join('\n'), /what it has is not looked at/);
    assert.equal(notes.length, 1, notes.join('\n'));
  });
});

describe('the process ends while workers are at work', () => {
  const onWindows = process.platform === 'win32' && 'signals are not sent on Windows';
  const ways = [['process.exit(3)', 3, null], ['blocked', null, 'SIGTERM', onWindows], ['waits', null, 'SIGTERM', onWindows]];
  for (const [way, code, signal, skip] of ways) {
    it(`${way}: the report has all threads`, { skip }, async () => {
      // Some ends are a matter of luck: the workers write into their rings all the time.
      for (let run = 0; run < 3; run++) {
        const report = path.join(folder, `${run}.json`);
        const on = signal ? { ready: (child) => child.kill(signal) } : {};
        const result = await runFixture('exits-beside-threads.js', { node: preload, args: [way], on, env: { ...env, LEAKLINE_REPORT: report } });
        assert.deepEqual([result.code, result.signal, result.stderr], [code, signal, ''], shown(result));
        const { process: { threads }, sites } = JSON.parse(fs.readFileSync(report, 'utf8'));
        assert.equal(threads, 4);
        assert.deepEqual(at(sites, result.file, 'leaks').map(({ thread }) => thread).sort(), [0, 1, 2, 3]);
        fs.rmSync(report);
      }
    });
  }
});
