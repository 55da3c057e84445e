'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');
const { setTimeout } = require('node:timers/promises');

const { temporaryFolder } = require('./support/run');
const { runFixture, runWell, shown, at, fixture, preload } = require('./support/service-child');

const skip = process.platform === 'win32' && 'signals are not sent on Windows';
const folder = temporaryFolder();

/** Resolves when `isSo()`. */
async function until(isSo, what) {
  for (const end = Date.now() + 30_000; !isSo(); await setTimeout(20)) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
  }
}

/** The report in a file; undefined while there is none. */
function reportIn(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
}

/** Runs the fixture, hands it to `act` when it is ready, and ends it. */
async function serving(signal, env, act) {
  let acted;
  const on = {
    'ready 0': (child) => {
      acted = act(child).finally(() => child.kill('SIGKILL'));
    },
  };
  const result = await runFixture('serves-signals.js', { node: preload, args: [signal], env: { LEAKLINE: 'full', LEAKLINE_SIGNAL: signal, ...env }, on });
  await acted;
  return result;
}

describe('LEAKLINE_SIGNAL', { skip }, () => {
  for (const signal of ['SIGUSR2', 'SIGHUP', 'SIGUSR1']) {
    it(`${signal}: each time a report is written anew, and the service goes on`, async () => {
      const file = path.join(folder, `${signal}.json`);
      const live = [];
      const result = await serving(signal, { LEAKLINE_REPORT: file }, async (child) => {
        for (let number = 1; number <= 3; number++) {
          child.kill(signal);
          await until(() => reportIn(file)?.report.number === number, `report ${number}`);
          const { report, sites } = reportIn(file);
          assert.deepEqual(report, { number, trigger: signal, program: 'serves-signals.js' });
          live.push(at(sites, fixture('serves-signals.js'), 'leaks').reduce((sum, site) => sum + site.live, 0));
        }
      });
      // The program's own listener has run as well.
      assert.deepEqual(live, [2, 3, 4]);
      assert.match(result.stdout, /ready 3/);
      assert.equal(result.stderr, '');
    });
  }

  it('without LEAKLINE_REPORT it goes to stderr, as text without colours', async () => {
    let printed = '';
    await serving('SIGUSR2', { LEAKLINE_REPORT: '' }, async (child) => {
      child.stderr.on('data', (chunk) => { printed += chunk; });
      for (let number = 1; number <= 3; number++) {
        child.kill('SIGUSR2');
        await until(() => printed.includes(`[leakline] end of report ${number} of process ${child.pid}\n`), `report ${number} in ${printed}`);
      }
    });
    assert.equal(printed.match(/^leakline /gm).length, 3, printed);
    assert.equal(printed.match(/^\[leakline\] report \d of process \d+ \(serves-signals\.js, main thread\) on SIGUSR2,/gm).length, 3, printed);
    assert.ok(!printed.includes('\u001b'));
  });

  it('also where no report is written at the end', async () => {
    let printed = '';
    await serving('SIGUSR2', { LEAKLINE_REPORT: 'none' }, async (child) => {
      child.stderr.on('data', (chunk) => { printed += chunk; });
      child.kill('SIGUSR2');
      await until(() => printed.includes('[leakline] end of report 1'), printed);
    });
  });

  it('also while the event loop is blocked, as it was seen last', async () => {
    const file = path.join(folder, 'blocked.json');
    let acted;
    const on = {
      ready: (child) => {
        child.kill('SIGUSR2');
        acted = until(() => reportIn(file) !== undefined, 'the report').finally(() => child.kill('SIGKILL'));
      },
    };
    const env = { LEAKLINE: 'full', LEAKLINE_SIGNAL: 'SIGUSR2', LEAKLINE_REPORT: file };
    await runFixture('ends.js', { node: preload, args: ['a signal while the event loop is blocked'], env, on });
    await acted;
    const { notes, report } = reportIn(file);
    assert.equal(report.trigger, 'SIGUSR2');
    assert.ok(notes.some((note) => note.includes('did not collect its garbage in time')), notes.join('\n'));
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
