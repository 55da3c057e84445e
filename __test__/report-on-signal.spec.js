'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { temporaryFolder } = require('./support/run');
const { runFixture, runWell, shown, at, fixture, preload } = require('./support/service-child');

const skip = process.platform === 'win32' && 'signals are not sent on Windows';
const folder = temporaryFolder();

/** Sends the signal each time the fixture is ready for it, three times. */
const signals = (signal, seen = () => {}) => ({
  'ready 0': (child) => child.kill(signal),
  'ready 1': (child) => child.kill(seen(1) ?? signal),
  'ready 2': (child) => child.kill(seen(2) ?? signal),
  'ready 3': () => seen(3),
});

describe('LEAKLINE_SIGNAL', { skip }, () => {
  for (const signal of ['SIGUSR2', 'SIGHUP', 'SIGUSR1']) {
    it(`${signal}: each time the report is written anew, and the service goes on`, async () => {
      const file = path.join(folder, `${signal}.json`);
      const live = [];
      const seen = () => {
        const snapshot = JSON.parse(fs.readFileSync(file, 'utf8'));
        live.push(at(snapshot.sites, fixture('serves-signals.js'), 'leaks').reduce((sum, site) => sum + site.live, 0));
      };
      const env = { LEAKLINE: 'full', LEAKLINE_SIGNAL: signal, LEAKLINE_REPORT: file };
      const result = await runWell('serves-signals.js', { node: preload, args: [signal], env, on: signals(signal, seen) });
      // The parent reads while the child waits for it.
      assert.deepEqual(live, [1, 2, 3]);
      assert.equal(result.said.at(-1), 'done');
    });
  }

  it('without LEAKLINE_REPORT it goes to stderr, as text without colours', async () => {
    const env = { LEAKLINE: 'full', LEAKLINE_SIGNAL: 'SIGUSR2' };
    const result = await runFixture('serves-signals.js', { node: preload, args: ['SIGUSR2'], env, on: signals('SIGUSR2') });
    assert.equal(result.code, 0, shown(result));
    assert.equal(result.stderr.match(/^leakline /gm).length, 3, result.stderr);
    assert.deepEqual(result.stderr.match(/(?<=^\[leakline\] end of report )\d/gm), ['1', '2', '3'], result.stderr);
    assert.equal(result.stderr.match(/^\[leakline\] report \d of process \d+ \(serves-signals\.js, main thread\) on SIGUSR2,/gm).length, 3, result.stderr);
    assert.ok(!result.stderr.includes('\u001b'));
  });

  it('keeps no process alive', async () => {
    const { said } = await runWell('says-ready.js', { node: preload, env: { LEAKLINE: 'full', LEAKLINE_SIGNAL: 'SIGUSR2' } });
    assert.deepEqual(said, [{ ready: true, sum: 2 }]);
  });

  it('after stop() the signal does what it does without leakline', async () => {
    const on = { ready: (child) => child.kill('SIGUSR2') };
    const result = await runFixture('ends.js', {
      node: preload, args: ['a signal after stop()'], on, killMs: 20_000, env: { LEAKLINE: 'full', LEAKLINE_SIGNAL: 'SIGUSR2' },
    });
    assert.equal(result.signal, 'SIGUSR2', shown(result));
  });
});
