'use strict';

// Where flight files are made and where not, and what commands say of those that cannot be read.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');
const { setTimeout: wait } = require('node:timers/promises');

const { runNode, temporaryFolder } = require('../support/run');
const { fileOf, filesIn, leakline, listed, startService, until } = require('../support/flight');

const onWindows = process.platform === 'win32' && 'modes and links of files are others on Windows';
const folder = temporaryFolder();
const running = [];

after(() => running.forEach(({ child }) => child.kill('SIGKILL')));

function start(directory, options) {
  const one = startService(directory, options);
  running.push(one);
  return one;
}

const modeOf = (file) => (fs.statSync(file).mode & 0o777).toString(8);

describe('the directory of flight files', { skip: onWindows, concurrency: true }, () => {
  it('is made for its user alone, and so are the files', async () => {
    const directory = path.join(folder, 'a', 'b');
    const file = await fileOf(start(directory), directory);
    assert.deepEqual([modeOf(directory), modeOf(file)], ['700', '600']);
    assert.ok(fs.statSync(file).size <= 1_500_000);
  });

  it('is one of the user\'s own within a shared one, as a volume is', async () => {
    const shared = path.join(folder, 'shared');
    fs.mkdirSync(shared);
    fs.chmodSync(shared, 0o777);
    const directory = path.join(shared, `leakline-${process.getuid()}`);
    const one = start(shared);
    await fileOf(one, directory);
    assert.equal(modeOf(directory), '700');
    assert.ok((await listed(one.pid, shared)).runs, 'ps finds it there');
  });

  const refused = {
    'a link': (place) => fs.symlinkSync(folder, place),
    'a file': (place) => fs.writeFileSync(place, ''),
    'what somebody else could write to': (place) => {
      fs.mkdirSync(place);
      fs.chmodSync(place, 0o777);
      fs.symlinkSync(folder, path.join(place, `leakline-${process.getuid()}`));
    },
  };
  if (process.getuid?.() === 0) {
    refused["another user's"] = (place) => {
      fs.mkdirSync(path.join(place, 'leakline-0'), { recursive: true });
      for (const folder of [place, path.join(place, 'leakline-0')]) fs.chownSync(folder, 65_534, 65_534);
    };
  }
  for (const [name, make] of Object.entries(refused)) {
    it(`is not ${name}: a note says so, and the service goes on`, async () => {
      const place = path.join(folder, `refused ${name}`);
      make(place);
      const report = path.join(folder, `${name}.json`);
      const one = start(place, { env: { LEAKLINE_REPORT: report, LEAKLINE_SIGNAL: 'SIGUSR2' } });
      await one.ready;
      const notes = await until('a note says so', async () => {
        one.child.kill('SIGUSR2');
        await wait(300);
        return fs.existsSync(report) && JSON.parse(fs.readFileSync(report)).notes.find((note) => note.startsWith('ERR_LEAKLINE_FLIGHT'));
      });
      assert.ok(notes.includes(place), notes);
      assert.equal(one.child.exitCode, null);
    });
  }

  it('is made anew with all it had when somebody removes the file', async () => {
    const directory = path.join(folder, 'removed');
    const one = start(directory);
    const file = await fileOf(one, directory);
    const first = await listed(one.pid, directory);
    fs.rmSync(file);
    await fileOf(one, directory);
    const again = await listed(one.pid, directory);
    assert.ok(again.atUnixMs > first.atUnixMs);
    assert.equal(again.historyFromUnixMs, first.historyFromUnixMs);
  });
});

const disks = {
  'that is full': { options: 'size=16k', reason: /No space left/ },
  'that can only be read': { options: 'ro', reason: /Read-only file system/ },
};
for (const [name, { options, reason }] of Object.entries(disks)) describe(`a disk ${name}`, { skip: process.platform !== 'linux' && 'there is no tmpfs here' }, () => {
  const place = path.join(folder, name);

  before((context) => {
    fs.mkdirSync(place);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `${options},mode=700`, 'tmpfs', place], { stdio: 'pipe' });
    } catch {
      context.skip('no file system can be mounted here');
    }
  });

  after(() => {
    try {
      execFileSync('umount', ['-l', place], { stdio: 'pipe' });
    } catch {
      // It was not mounted.
    }
  });

  it('costs the flight file, and a note says so', async () => {
    if (fs.statSync(place).dev === fs.statSync(folder).dev) return;
    const report = path.join(folder, `${name}.json`);
    const one = start(place, { env: { LEAKLINE_REPORT: report, LEAKLINE_SIGNAL: 'SIGUSR2' } });
    await one.ready;
    const note = await until('a note says so', async () => {
      one.child.kill('SIGUSR2');
      await wait(300);
      return fs.existsSync(report) && JSON.parse(fs.readFileSync(report)).notes.find((note) => note.startsWith('ERR_LEAKLINE_FLIGHT'));
    });
    assert.match(note, reason);
    assert.deepEqual([one.child.exitCode, filesIn(place)], [null, []]);
  });
});

describe('a process leaves no flight file', { concurrency: true }, () => {
  const waits = 'setTimeout(() => {}, 3000)';
  const register = path.join(__dirname, '..', '..', 'js', 'register.js');
  const cases = {
    'when it ends at once': [['--require', register, '-e', ''], { LEAKLINE: '1' }],
    'when LEAKLINE_FLIGHT says no': [['--require', register, '-e', waits], { LEAKLINE: '1', LEAKLINE_FLIGHT: '0' }],
    'when leakline is off': [['--require', register, '-e', waits], { LEAKLINE: '' }],
    'of a test runner': [['--require', register, '-e', waits], { LEAKLINE: '1', LEAKLINE_FLIGHT: '', JEST_WORKER_ID: '1' }],
    'of check()': [['-e', `require('.').check(() => new Promise((done) => setTimeout(done, 60)))`], {}],
  };
  for (const [name, [args, env]] of Object.entries(cases)) {
    it(name, async () => {
      const directory = path.join(folder, name);
      const { code, stderr } = await runNode(args, { env: { LEAKLINE_REPORT: 'none', LEAKLINE_FLIGHT: directory, LEAKLINE_DIR: directory, ...env } });
      assert.deepEqual([code, stderr, filesIn(directory)], [0, '', []]);
    });
  }
});

describe('a file that is no flight file', { skip: onWindows }, () => {
  let good;

  before(async () => {
    const directory = path.join(folder, 'good');
    const one = start(directory);
    good = fs.readFileSync(await fileOf(one, directory));
  });

  const bad = {
    'cut off in the header': [(bytes) => bytes.subarray(0, 1_000), /it was cut off/],
    'cut off in the state': [(bytes) => bytes.subarray(0, 850_000), /cut off|damaged|nothing was written/],
    'of a later version': [(bytes) => bytes.fill(9, 8, 9), /version 9, this leakline reads version 1: a later leakline reads it/],
    'of an earlier version': [(bytes) => bytes.fill(0, 8, 9), /version 0, this leakline reads version 1: an earlier/],
    'damaged': [(bytes) => bytes.fill(255, 200, 260), /its header is damaged/],
  };
  for (const [name, [change, reason]] of Object.entries(bad)) {
    it(`is refused with a reason: ${name}`, async () => {
      const file = path.join(folder, `${name}.lkf`);
      fs.writeFileSync(file, change(Buffer.from(good)));
      const { code, stdout, stderr } = await leakline(['report', file]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^leakline: .*must be a flight file that can be read: /);
      assert.match(stderr, reason);
      assert.match(stderr, /\n {2}Run 'leakline ps'/);
    });
  }

  it('is refused with a time or a mark that it does not have', async () => {
    const file = path.join(folder, 'times.lkf');
    fs.writeFileSync(file, good);
    const cases = [
      [['report', '--at', '-2h', file], /there is no state of that time in it\.\n {2}It has states from 20/],
      [['report', '--at', 'noon', file], /--at must be a time before the last state/],
      [['diff', file, 'deploy'], /there is no mark of that name in it\.\n {2}It has none/],
      [['report', '999999999'], /process 999999999: there is no such process/],
    ];
    for (const [args, reason] of cases) {
      const { code, stderr } = await leakline(args);
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, reason);
    }
    const json = path.join(folder, 'x.json');
    fs.writeFileSync(json, '{}');
    assert.match((await leakline(['report', '--at', '-2h', json])).stderr, /it is no flight file: only those have earlier states/);
  });
});
