'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { temporaryFolder } = require('./support/run');
const { runFixture, shown, at, fixture, preload } = require('./support/service-child');

const folder = temporaryFolder();
let files = 0;
const newFile = (ending) => path.join(folder, `report-${++files}${ending}`);

const onWindows = process.platform === 'win32' && 'signals are not sent on Windows';
const ends = fixture('ends.js');

/** Runs the fixture with and without leakline: how it ends and what it prints must be the same. Returns the report. */
async function reportOf(way, { signal, ending = '.json', env = {} } = {}) {
  const file = newFile(ending);
  const options = { node: preload, args: [way], on: signal ? { ready: (child) => child.kill(signal) } : {}, killMs: 30_000 };
  const without = await runFixture('ends.js', options);
  const result = await runFixture('ends.js', { ...options, env: { LEAKLINE: 'full', LEAKLINE_REPORT: file, ...env } });
  for (const what of ['code', 'signal', 'stdout', 'stderr']) {
    assert.equal(comparable(result[what]), comparable(without[what]), `${what} is not as without leakline: ${shown(result)}`);
  }
  assert.ok(fs.existsSync(file), `no report was written: ${shown(result)}`);
  return { file, text: fs.readFileSync(file, 'utf8'), result };
}

/** Where in Node's own files a frame lies is nobody's business: a timer with and without arguments differ in that. */
function comparable(text) {
  return typeof text === 'string' ? text.replace(/(\(node:[\w/]+):\d+:\d+\)/g, '$1)') : text;
}

function assertNamesTheLeak(snapshot) {
  assert.equal(snapshot.schema, 1);
  assert.equal(snapshot.totals.interval.registered >= 10, true);
  const [leak] = at(snapshot.sites, ends, 'leaks');
  assert.ok(leak, `the leaking line is not named: ${JSON.stringify(snapshot.sites, null, 1)}`);
  assert.equal(leak.kind, 'interval');
  assert.equal(leak.live, 10);
}

describe('the report at the end, when the process ends by', () => {
  const orderly = [
    'falls off the end', 'falls off the end with an exit code', 'process.exit(3)', 'process.exit() in a timer',
    'an uncaught error', 'an uncaught error in a timer', 'an unhandled rejection',
    'removeAllListeners("exit")', 'an exit listener that throws', 'an exit listener that exits',
    'process.reallyExit(6)', 'process.reallyExit(6) in a timer', 'its own process.emit', 'an emit that came and went',
  ];
  for (const way of orderly) {
    it(way, async () => {
      const { text } = await reportOf(way);
      assertNamesTheLeak(JSON.parse(text));
    });
  }

  const bySignal = [
    ['a signal', ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'], null],
    ['a signal, after a while', ['SIGTERM'], null],
    ['a signal while the event loop is blocked', ['SIGTERM', 'SIGINT'], null],
    ['a handler that exits', ['SIGTERM', 'SIGINT'], 7],
    ['a handler that cleans up and lets the loop end', ['SIGTERM'], 0],
    ['a handler that sends the signal again', ['SIGTERM', 'SIGINT'], null],
    ['handlers that count listeners, as signal-exit has them', ['SIGTERM', 'SIGINT'], null],
  ];
  for (const [way, signals, code] of bySignal) {
    for (const signal of signals) {
      it(`${way}: ${signal}`, { skip: onWindows }, async () => {
        const { text, result } = await reportOf(way, { signal });
        assert.deepEqual([result.code, result.signal], code === null ? [null, signal] : [code, null], shown(result));
        assertNamesTheLeak(JSON.parse(text));
      });
    }
  }

  for (const way of ['a signal to itself', 'a signal to itself at the end']) {
    it(way, { skip: onWindows }, async () => {
      const { text, result } = await reportOf(way);
      assert.equal(result.signal, 'SIGTERM');
      assertNamesTheLeak(JSON.parse(text));
    });
  }
});

describe('a signal at any moment', { skip: onWindows }, () => {
  it('ends the process, and what is written is whole', async () => {
    for (let ms = 0; ms <= 120; ms += 10) {
      const own = fs.mkdtempSync(path.join(folder, 'moment-'));
      const file = path.join(own, 'report.json');
      const result = await runFixture('ends.js', {
        node: preload, args: ['a signal'], killMs: 30_000, env: { LEAKLINE: 'full', LEAKLINE_REPORT: file },
        onSpawn: (child) => setTimeout(() => child.kill('SIGTERM'), ms),
      });
      assert.deepEqual([result.code, result.signal, result.stderr], [null, 'SIGTERM', ''], `after ${ms} ms: ${shown(result)}`);
      for (const name of fs.readdirSync(own)) {
        assert.equal(name, 'report.json');
        JSON.parse(fs.readFileSync(file, 'utf8'));
      }
    }
  });

  it('two at once end it like one', async () => {
    for (const pair of [['SIGTERM', 'SIGINT'], ['SIGINT', 'SIGTERM'], ['SIGTERM', 'SIGTERM']]) {
      const file = newFile('.json');
      const result = await runFixture('ends.js', {
        node: preload, args: ['a signal'], killMs: 30_000, env: { LEAKLINE: 'full', LEAKLINE_REPORT: file },
        on: { ready: (child) => pair.forEach((signal) => child.kill(signal)) },
      });
      assert.ok(pair.includes(result.signal), shown(result));
      assertNamesTheLeak(JSON.parse(fs.readFileSync(file, 'utf8')));
    }
  });
});

describe('after stop() leakline is out of the way', { skip: onWindows }, () => {
  for (const [way, signal] of [['a signal after stop()', 'SIGTERM'], ['a signal after stop()', 'SIGINT'], ['a handled signal after stop()', 'SIGTERM'], ['the end after stop()']]) {
    it(`${way} ${signal ?? ''}`, async () => {
      const file = newFile('.json');
      const options = { node: preload, args: [way], on: signal ? { ready: (child) => child.kill(signal) } : {}, killMs: 20_000 };
      const without = await runFixture('ends.js', options);
      const result = await runFixture('ends.js', { ...options, env: { LEAKLINE: 'full', LEAKLINE_REPORT: file } });
      assert.deepEqual(result, without);
      assert.ok(!fs.existsSync(file), 'there was nothing left to report');
    });
  }
});

describe('where the report goes', () => {
  const assertIsText = (text) => {
    assert.match(text, /^\[leakline\] report 1 of process \d+ \(ends\.js, main thread\) (at its exit|on SIG\w+), .*Z\nleakline .*watched .*\binterval \(1\d registered\)/);
    assert.match(text, /\n\[leakline\] end of report 1 of process \d+\n$/);
    assert.ok(!text.includes('\u001b'), 'colours are for terminals');
  };

  for (const [way, signal] of [['falls off the end'], ['a signal', 'SIGTERM']]) {
    const skip = signal && onWindows;

    it(`a file that is not .json gets text (${way})`, { skip }, async () => {
      assertIsText((await reportOf(way, { signal, ending: '.txt', env: { FORCE_COLOR: '1' } })).text);
    });

    it(`stderr gets text, behind what the program wrote (${way})`, { skip }, async () => {
      const on = signal ? { ready: (child) => child.kill(signal) } : {};
      const result = await runFixture('ends.js', { node: preload, args: [way], on, env: { LEAKLINE: 'full', LEAKLINE_REPORT: 'stderr' } });
      assertIsText(result.stderr);
    });

    it(`a file that cannot be written costs one warning (${way})`, { skip }, async () => {
      for (const file of [path.join(folder, 'no such folder', 'report.json'), folder]) {
        const on = signal ? { ready: (child) => child.kill(signal) } : {};
        const result = await runFixture('ends.js', { node: preload, args: [way], on, env: { LEAKLINE: 'full', LEAKLINE_REPORT: file } });
        assert.deepEqual([result.code, result.signal], signal ? [null, signal] : [0, null], shown(result));
        const lines = result.stderr.split('\n').filter(Boolean);
        assert.equal(lines.length, 1, result.stderr);
        assert.ok(lines[0].startsWith('leakline: ') && lines[0].includes(file), lines[0]);
      }
    });
  }

  it('the uncaught error comes first on stderr', async () => {
    const without = await runFixture('ends.js', { node: preload, args: ['an uncaught error'] });
    const result = await runFixture('ends.js', { node: preload, args: ['an uncaught error'], env: { LEAKLINE: 'full', LEAKLINE_REPORT: 'stderr' } });
    assert.equal(result.code, 1);
    assert.equal(without.stderr.includes('this one is not caught'), true);
    const text = result.stderr.replace(without.stderr, '');
    assert.equal(text.length, result.stderr.length - without.stderr.length, 'the error is reported as without leakline');
    assertIsText(text);
  });

  it('a relative name is taken from where the process started, wherever it goes', async () => {
    const name = path.basename(newFile('.json'));
    const result = await runFixture('changes-directory.js', { node: preload, cwd: folder, env: { LEAKLINE: 'full', LEAKLINE_REPORT: name } });
    assert.equal(result.code, 0, shown(result));
    assert.ok(fs.existsSync(path.join(folder, name)));
  });

  it('an older report is replaced as a whole, and nothing else is left in the folder', async () => {
    const own = fs.mkdtempSync(path.join(folder, 'alone-'));
    const file = path.join(own, 'report.json');
    fs.writeFileSync(file, 'x'.repeat(1_000_000));
    await runFixture('ends.js', { node: preload, args: ['falls off the end'], env: { LEAKLINE: 'full', LEAKLINE_REPORT: file } });
    assertNamesTheLeak(JSON.parse(fs.readFileSync(file, 'utf8')));
    assert.deepEqual(fs.readdirSync(own), ['report.json']);
  });

  it('children have files of their own, and leave the parent its file', async () => {
    const own = fs.mkdtempSync(path.join(folder, 'family-'));
    const file = path.join(own, 'report.json');
    const { said, ...result } = await runFixture('forks-and-ends.js', { node: preload, env: { LEAKLINE: 'full', LEAKLINE_REPORT: file } });
    assert.equal(result.code, 0, shown(result));
    const pidOf = (name) => JSON.parse(fs.readFileSync(path.join(own, name), 'utf8')).process.pid;
    const [parent, ...children] = said.map(({ pid }) => pid);
    assert.equal(children.length, 2);
    assert.equal(pidOf('report.json'), parent);
    assert.deepEqual(fs.readdirSync(own).sort(), ['report.json', ...children.map((pid) => `report.${pid}.json`)].sort());
    for (const pid of children) assert.equal(pidOf(`report.${pid}.json`), pid);
  });

  it('%p is the process id, of children as well', async () => {
    const own = fs.mkdtempSync(path.join(folder, 'named-'));
    const { said, ...result } = await runFixture('forks-and-ends.js', { node: preload, env: { LEAKLINE: 'full', LEAKLINE_REPORT: path.join(own, 'at-%p.json') } });
    assert.equal(result.code, 0, shown(result));
    assert.deepEqual(fs.readdirSync(own).sort(), said.map(({ pid }) => `at-${pid}.json`).sort());
  });

  it('LEAKLINE alone reports to stderr', async () => {
    for (const where of ['', undefined]) {
      const env = { LEAKLINE: 'full', LEAKLINE_REPORT: where };
      assertIsText((await runFixture('ends.js', { node: preload, args: ['falls off the end'], env })).stderr);
    }
  });

  it('LEAKLINE_REPORT=none: nowhere', async () => {
    const without = await runFixture('ends.js', { node: preload, args: ['falls off the end'] });
    for (const where of ['none', 'off', '0']) {
      const env = { LEAKLINE: 'full', LEAKLINE_REPORT: where };
      assert.deepEqual(await runFixture('ends.js', { node: preload, args: ['falls off the end'], env }), without);
    }
  });
});
