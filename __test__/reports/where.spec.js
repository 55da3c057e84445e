'use strict';

// What LEAKLINE_REPORT may name beside a regular file. No device of this machine is written to.

const assert = require('node:assert/strict');
const { execFile, execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');
const { promisify } = require('node:util');

const { cleanEnvironment, temporaryFolder } = require('../support/run');
const { fixture, preload } = require('../support/service-child');

const skip = process.platform === 'win32' && 'there are no such files on Windows';
const folder = temporaryFolder();
const ends = [...preload, fixture('ends.js'), 'falls off the end'];
const REPORT = /\[leakline\] report 1 of process \d+ [^]*\n\[leakline\] end of report 1 of process \d+\n/;

/** What ends.js writes to stdout when that is `out`, a pipe or the descriptor of a file. */
function run(where, out = 'pipe') {
  return new Promise((resolve, reject) => {
    const env = { ...cleanEnvironment(), LEAKLINE: 'full', LEAKLINE_REPORT: where };
    const child = spawn(process.execPath, ends, { env, stdio: ['ignore', out, 'pipe'] });
    const printed = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) child[stream]?.setEncoding('utf8').on('data', (chunk) => { printed[stream] += chunk; });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...printed }));
  });
}

describe('LEAKLINE_REPORT', { skip }, () => {
  const link = path.join(folder, 'link-to-stdout');
  fs.symlinkSync('/dev/stdout', link);

  for (const where of ['stdout', '/dev/stdout', '/dev/fd/1', link]) {
    it(`${path.basename(where)} (${where.startsWith('/') ? 'a path' : 'a name'}): standard output, a pipe`, async () => {
      const { code, stdout, stderr } = await run(where);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, REPORT);
      assert.ok(stdout.indexOf('{"SIGTERM"') < stdout.indexOf('[leakline]'), stdout);
    });

    it(`${path.basename(where)} (${where.startsWith('/') ? 'a path' : 'a name'}): standard output, a file with what the program wrote`, async () => {
      const file = path.join(folder, 'output');
      const out = fs.openSync(file, 'w');
      const inode = fs.fstatSync(out).ino;
      fs.writeSync(out, 'of before\n');
      const { code, stderr } = await run(where, out);
      fs.closeSync(out);
      assert.deepEqual([code, stderr], [0, '']);
      const text = fs.readFileSync(file, 'utf8');
      assert.match(text, /^of before\n\{"SIGTERM"/);
      assert.match(text, REPORT);
      assert.equal(fs.statSync(file).ino, inode);
    });
  }

  it('/dev/stderr: standard error', async () => {
    assert.match((await run('/dev/stderr')).stderr, REPORT);
  });

  it('a FIFO gets the report, and stays one', async () => {
    const fifo = path.join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reading = promisify(execFile)('cat', [fifo]);
    const { code, stderr } = await run(fifo);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match((await reading).stdout, REPORT);
    assert.ok(fs.statSync(fifo).isFIFO());
  });

  it('a FIFO that nobody reads costs one warning and some seconds', async () => {
    const fifo = path.join(folder, 'unread');
    execFileSync('mkfifo', [fifo]);
    const { code, stderr } = await run(fifo);
    assert.equal(code, 0);
    assert.match(stderr, /^leakline: the report could not be written: .*unread: nobody reads it\n$/);
  });

  it('a link: what it leads to is written, and it stays', async () => {
    const own = fs.mkdtempSync(path.join(folder, 'linked-'));
    fs.mkdirSync(path.join(own, 'real'));
    fs.symlinkSync('real/report.json', path.join(own, 'report.json'));
    await run(path.join(own, 'report.json'));
    assert.equal(JSON.parse(fs.readFileSync(path.join(own, 'real', 'report.json'), 'utf8')).schema, 1);
    assert.ok(fs.lstatSync(path.join(own, 'report.json')).isSymbolicLink());
    assert.deepEqual(fs.readdirSync(path.join(own, 'real')), ['report.json']);
  });

  it('a new file is for its user alone; one that is there keeps its mode', async () => {
    const file = path.join(folder, 'mode.json');
    await run(file);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    fs.chmodSync(file, 0o644);
    await run(file);
    assert.equal(fs.statSync(file).mode & 0o777, 0o644);
  });
});

describe('LEAKLINE_REPORT on a mount of its own', { skip: skip || withoutMounts() }, () => {
  /** Runs a script of sh as root of a new mount namespace, in a folder of its own. */
  function mounted(script) {
    const own = fs.mkdtempSync(path.join(folder, 'mounted-'));
    const quoted = [process.execPath, ...ends].map((each) => `'${each}'`).join(' ');
    const env = { ...cleanEnvironment(), LEAKLINE: 'full' };
    return execFileSync('unshare', ['-rm', 'sh', '-euc', script.replaceAll('RUN', `${quoted} >program 2>&1`)], { cwd: own, env, encoding: 'utf8' });
  }

  it('a file that is bind-mounted is written in place', () => {
    const text = mounted(`
      mkdir folder; echo old >outside; echo old >folder/report.json
      mount --bind outside folder/report.json
      LEAKLINE_REPORT=folder/report.json RUN
      cat program >&2; ls -A folder; cat outside`);
    assert.match(text, /^report\.json\n\{/);
    assert.equal(JSON.parse(text.slice(text.indexOf('{'))).schema, 1);
  });

  it('a disk that is full keeps the older report, and nothing is left behind', () => {
    const text = mounted(`
      mkdir folder; mount -t tmpfs -o size=8k none folder
      echo old >folder/report.json; head -c 4096 /dev/zero >folder/inserter
      LEAKLINE_REPORT=folder/report.json RUN
      ls -A folder; cat folder/report.json program`);
    assert.match(text, /^inserter\nreport\.json\nold\n/);
    assert.match(text, /leakline: the report could not be written: .*report\.json: No space left/);
  });
});

it('a reader that stalls for some seconds gets all', { skip }, async () => {
  // More than a pipe takes.
  const program = 'for (let i = 0; i < 300; i++) new Function(`setInterval(() => {}, 1e6).unref() //# sourceURL=made-${i}.js`)()';
  const fifo = path.join(folder, 'stalls.json');
  execFileSync('mkfifo', [fifo]);
  const reading = promisify(execFile)('sh', ['-c', 'exec 3<"$0"; sleep 3; cat <&3', fifo], { maxBuffer: 2 ** 24 });
  const env = { ...cleanEnvironment(), LEAKLINE: 'full', LEAKLINE_REPORT: fifo };
  const { stderr } = await promisify(execFile)(process.execPath, [...preload, '-e', program], { env });
  const { stdout } = await reading;
  assert.equal(stderr, '');
  assert.ok(stdout.length > 2 ** 17, `${stdout.length} bytes`);
  assert.equal(JSON.parse(stdout).totals.interval.registered, 300);
});

function withoutMounts() {
  if (process.platform !== 'linux') return 'mounts of its own are Linux only';
  try {
    execFileSync('unshare', ['-rm', 'true'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'this machine gives no mount namespace';
  }
}
