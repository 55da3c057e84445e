'use strict';

// Reports on signals that the program handles, and at intervals; and that nothing of all that is seen by the program.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');
const { setTimeout } = require('node:timers/promises');

const { temporaryFolder } = require('../support/run');
const { preload, register, runFixture, runWell, shown } = require('../support/service-child');

const skip = process.platform === 'win32' && 'signals are not sent on Windows';
const folder = temporaryFolder();

const read = (own, name) => JSON.parse(fs.readFileSync(path.join(own, name), 'utf8'));
const newFolder = () => fs.mkdtempSync(path.join(folder, 'reports-'));

async function until(isSo, what) {
  for (const end = Date.now() + 30_000; !isSo(); await setTimeout(20)) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
  }
}

describe('a signal that the program handles', { skip }, () => {
  it('has a report each, and the exit one more', async () => {
    const own = newFolder();
    let acted;
    const send = async (child) => {
      for (const [number, signal] of ['SIGHUP', 'SIGQUIT', 'SIGTERM'].entries()) {
        child.kill(signal);
        await until(() => fs.existsSync(path.join(own, `report-${number + 1}.json`)), `the report on ${signal}`);
      }
    };
    const result = await runFixture('ends.js', {
      node: preload, args: ['a handler that does not exit'], killMs: 30_000,
      env: { LEAKLINE: 'full', LEAKLINE_REPORT: path.join(own, 'report-%n.json') },
      on: { ready: (child) => { acted = send(child); } },
    });
    await acted;
    assert.deepEqual([result.code, result.stderr], [0, ''], shown(result));
    for (const signal of ['SIGHUP', 'SIGQUIT', 'SIGTERM']) assert.ok(result.stdout.includes(`handled ${signal}`), result.stdout);
    const reports = fs.readdirSync(own).toSorted().map((name) => read(own, name).report);
    assert.deepEqual(reports.map(({ trigger }) => trigger), ['SIGHUP', 'SIGQUIT', 'SIGTERM', 'exit']);
    assert.deepEqual(reports.map(({ number }) => number), [1, 2, 3, 4]);
  });

  it('on standard error it comes a moment later, and again at the exit', async () => {
    const result = await runFixture('ends.js', {
      node: preload, args: ['a handler that does not exit'], killMs: 30_000, env: { LEAKLINE: 'full', LEAKLINE_REPORT: 'stderr' },
      on: { ready: (child) => child.kill('SIGTERM') },
    });
    assert.equal(result.code, 0, shown(result));
    assert.match(result.stderr, /\[leakline\] report 1 of [^\n]* on SIGTERM, [^]*\[leakline\] end of report 1 [^]*\[leakline\] report 2 of [^\n]* at its exit, [^]*\[leakline\] end of report 2 /);
  });

  it('who exits on it at once has one report on standard error', async () => {
    const result = await runFixture('ends.js', {
      node: preload, args: ['a handler that exits'], killMs: 30_000, env: { LEAKLINE: 'full', LEAKLINE_REPORT: 'stderr' },
      on: { ready: (child) => child.kill('SIGTERM') },
    });
    assert.equal(result.code, 7, shown(result));
    assert.equal(result.stderr.match(/^\[leakline\] report /gm).length, 1, result.stderr);
  });
});

describe('LEAKLINE_EVERY', () => {
  it('writes a report each time, beside each other by %n, %p and %t', async () => {
    const own = newFolder();
    let pid;
    let acted;
    await runFixture('ends.js', {
      node: preload, args: ['a signal'], killMs: 60_000,
      env: { LEAKLINE: 'adaptive', LEAKLINE_REPORT: path.join(own, '%p-%n-%t.json'), LEAKLINE_EVERY: '1s' },
      on: {
        ready: (child) => {
          ({ pid } = child);
          acted = until(() => fs.readdirSync(own).length >= 2, 'two reports').finally(() => child.kill('SIGKILL'));
        },
      },
    });
    await acted;
    const names = fs.readdirSync(own).toSorted().slice(0, 2);
    names.forEach((name, i) => assert.match(name, new RegExp(`^${pid}-${i + 1}-\\d{8}T\\d{6}Z\\.json$`)));
    assert.deepEqual(names.map((name) => read(own, name).report.trigger), ['interval', 'interval']);
  });

  for (const every of ['10', '5ms', 'soon', '100d', '-1s', '1.5h']) {
    it(`${every}: one warning, and the rest goes on`, async () => {
      const result = await runFixture('ends.js', {
        node: preload, args: ['falls off the end'], env: { LEAKLINE: 'full', LEAKLINE_REPORT: 'none', LEAKLINE_EVERY: every },
      });
      assert.equal(result.stderr, `leakline: LEAKLINE_EVERY must be a time from 1s to 24d, such as 30s, 10m or 1h30m; given "${every}"; no report is written at intervals\n`);
    });
  }
});

describe('the program sees nothing of it:', () => {
  const env = { LEAKLINE: 'full', LEAKLINE_REPORT: path.join(folder, 'unseen.json'), LEAKLINE_SIGNAL: 'SIGUSR2', LEAKLINE_EVERY: '1h' };

  it('listeners on process, and their number', async () => {
    const options = { node: preload, args: ['falls off the end'] };
    const [without, result] = [await runWell('ends.js', options), await runWell('ends.js', { ...options, env })];
    assert.equal(result.stdout, without.stdout);
    assert.match(result.stdout, /"exit":0/);
  });

  it('ten listeners each are no reason to warn', async () => {
    const program = `
      for (const event of ['exit', 'SIGTERM', 'SIGUSR2', 'removeListener', 'newListener']) {
        const room = 10 - process.listenerCount(event);
        for (let i = 0; i < room; i++) process.on(event, () => {});
      }
      console.log(process.emit.name, process.emit.length, Object.keys(process).join(), Object.hasOwn(process, 'emit'));
      for (const key in process) console.log(key);
      setTimeout(() => process.exit(), 50);`;
    const { runNode } = require('../support/run');
    const args = ['--require', register, '-e', program];
    const [without, result] = [await runNode(args), await runNode(args, { env })];
    assert.deepEqual({ ...result, stdout: lines(result.stdout) }, { ...without, stdout: lines(without.stdout) });
  });
});

/** What `for … in` gives first is nobody's business. */
const lines = (text) => text.split('\n').toSorted();
