'use strict';

// `leakline test` and Jest's reporter, around commands that end as a test runner with an adapter does.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const LeaklineReporter = require('../../js/runners/jest/reporter');
const { project } = require('../support/leftovers');
const { root, runNode } = require('../support/run');

const cli = path.join(root, 'js', 'cli', 'index.js');
const fixture = path.join(root, '__test__', 'fixtures', 'settles.js');
const onWindows = process.platform === 'win32' && 'signals are not sent on Windows';

/** `leakline test` in a project, around one file's end. */
function leaklineTest(folder, left, { options = [], env, code, file = 'a.test.js' } = {}) {
  const command = [process.execPath, fixture, file, JSON.stringify(left), ...(code === undefined ? [] : [String(code)])];
  return runNode([cli, 'test', ...options, '--', ...command], { cwd: folder, env });
}

/** A program that ends as several test files do. */
const several = (files) => [process.execPath, '-e', `
  const { spawnSync } = require('node:child_process');
  let code = 0;
  for (const [file, left] of ${JSON.stringify(files)}) {
    code |= spawnSync(process.execPath, [${JSON.stringify(fixture)}, file, JSON.stringify(left)], { stdio: 'inherit' }).status;
  }
  process.exitCode = code;`];

describe('leakline test', () => {
  it('streams the output through and names each leak once after it', async () => {
    const folder = project();
    const { code, stdout, stderr } = await runNode([cli, 'test', '--', ...several([['a.test.js', [['opens', 2]]], ['b.test.js', [['closes', 1]]]])], { cwd: folder });
    assert.equal(code, 1);
    assert.equal(stdout.match(/^leakline: 1 leak: /gm).length, 2);
    assert.match(stderr, /^leakline {2}1 leak left by 2 tests +2 files · 2 tests\n/);
    assert.match(stderr, /3 unreleased by 2 tests\n/);
    assert.match(stderr, /left by {2}a\.test\.js {2}opens\n +b\.test\.js {2}closes\n/);
  });

  it('says in one line that nothing was left, and that nothing was watched', async () => {
    const folder = project();
    const clean = await leaklineTest(folder, []);
    assert.deepEqual([clean.code, clean.stderr], [0, 'leakline  nothing left behind · 1 file · 0 tests\n']);
    const alone = await runNode([cli, 'test', '--', process.execPath, '-e', '0'], { cwd: folder });
    assert.equal(alone.code, 0);
    assert.match(alone.stderr, /^leakline {2}nothing was watched · [^\n]*\n$/);
  });

  it('ends as the command does', async () => {
    assert.equal((await leaklineTest(project(), [['opens', 1]], { code: 7 })).code, 7);
    assert.equal((await leaklineTest(project(), [], { code: 3 })).code, 3);
  });

  it('ends with 1 where leaks were to fail tests and the command ended with 0', async () => {
    const { code, stderr } = await leaklineTest(project(), [['opens', 1]], { code: 0 });
    assert.equal(code, 1);
    assert.match(stderr, /leakline: the tests ended with 0, although leaks were to fail some of them; this command ends with 1\n$/);
    const reported = await leaklineTest(project(), [['opens', 1]], { env: { LEAKLINE_LEAKS: 'report' } });
    assert.equal(reported.code, 0, 'what is only reported fails nothing');
  });

  it('dies of the signal that the command dies of, after the summary', { skip: onWindows }, async () => {
    const program = [process.execPath, '-e', "process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 1e5)"];
    const { code, signal, stderr } = await runNode([cli, 'test', '--', ...program]);
    assert.deepEqual([code, signal], [null, 'SIGKILL']);
    assert.match(stderr, /^leakline {2}nothing was watched/);
  });

  it('passes signals on', { skip: onWindows }, async () => {
    const program = "process.on('SIGTERM', () => process.exit(9)); setTimeout(() => {}, 1e5); console.log('ready')";
    const { code } = await runNode([cli, 'test', '--', process.execPath, '-e', program], {
      whenPrints: ['ready', (child) => child.kill('SIGTERM')],
    });
    assert.equal(code, 9);
  });

  it('writes the summary as JSON', async () => {
    const folder = project();
    await leaklineTest(folder, [['opens', 2]], { options: ['--json', 'out/leaks.json'] });
    const { schema, files, tests, failed, leaks } = JSON.parse(fs.readFileSync(path.join(folder, 'out', 'leaks.json'), 'utf8'));
    assert.deepEqual([schema, files, tests, failed], [1, 1, 1, 1]);
    assert.deepEqual(leaks.map(({ outcome, count, fingerprints }) => [outcome, count, fingerprints]), [['failed', 2, ['00000000000000aa']]]);
    assert.deepEqual(leaks[0].leftBy, [{ file: path.join(folder, 'a.test.js'), tests: ['opens'], count: 2 }]);
  });

  it('annotates for GitHub once a leak, from the checkout', async () => {
    const folder = project();
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: path.dirname(folder) };
    const { stdout, stderr } = await leaklineTest(folder, [['opens', 1], ['closes', 1]], { env });
    assert.ok(!stdout.includes('::error'), 'the test file leaves it to the run');
    const lines = stderr.split('\n').filter((line) => line.startsWith('::'));
    assert.equal(lines.length, 1);
    assert.ok(lines[0].startsWith(`::error file=${path.basename(folder)}/src/proxy.js,line=3,col=12,`), lines[0]);
  });

  it('makes the first baseline with every file, shrinks it, and takes new leaks in only when reported', async () => {
    const folder = project();
    const update = (files, option) => runNode([cli, 'test', ...(option ? [option] : []), '--', ...several(files)], { cwd: folder, env: { LEAKLINE_UPDATE: '' } });
    const counts = () => JSON.parse(fs.readFileSync(path.join(folder, 'leakline.baseline.json'), 'utf8')).leaks.map(({ file, count }) => [file, count]);
    const files = (a, b) => [['a.test.js', [['t', a]]], ['b.test.js', [['t', b]]]];

    const first = await update(files(2, 2), '--update');
    assert.equal(first.code, 0, first.stdout + first.stderr);
    assert.match(first.stderr, /^leakline {2}no new leak, 1 in the baseline, 2 entries added/);
    assert.deepEqual(counts(), [['a.test.js', 2], ['b.test.js', 2]]);

    assert.equal((await update(files(1, 3), '--update')).code, 1);
    assert.deepEqual(counts(), [['a.test.js', 1], ['b.test.js', 2]]);
    assert.equal((await update(files(1, 3), '--update=all')).code, 0);
    assert.deepEqual(counts(), [['a.test.js', 1], ['b.test.js', 3]]);
    assert.equal((await update(files(1, 3))).code, 0);
  });

  it('leaves summing up to a run around it', async () => {
    const folder = project();
    const inner = [process.execPath, cli, 'test', '--', process.execPath, fixture, 'a.test.js', '[["opens",1]]'];
    const { stderr } = await runNode([cli, 'test', '--', ...inner], { cwd: folder });
    assert.equal(stderr.match(/^leakline {2}/gm).length, 1, stderr);
  });

  const refused = {
    'no command': [['test'], /There are no tests to run/],
    'an unknown update': [['test', '--update=some', '--', 'node'], /--update must stand alone or be --update=all, got '--update=some'/],
    'an unknown option': [['test', '--bogus', '--', 'node'], /Unknown option '--bogus'/],
    'a command that is none': [['test', '--', './no-such-program'], /Cannot run '\.\/no-such-program'/],
  };
  for (const [what, [args, problem]] of Object.entries(refused)) {
    it(`refuses ${what} in two lines`, async () => {
      const { code, stdout, stderr } = await runNode([cli, ...args]);
      // As a shell says it of a command that is not there.
      assert.deepEqual([code, stdout], [what === 'a command that is none' ? 127 : 2, '']);
      assert.match(stderr, problem);
      assert.match(stderr, /^leakline: [^\n]*\n {2}Run 'leakline test --help'[^\n]*\n$/);
    });
  }

  it('ends before the tests begin where the configuration is wrong', async () => {
    const { code, stdout, stderr } = await leaklineTest(project({ 'leakline.config.json': { leaks: 'loud' } }), []);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^leakline: .*leakline\.config\.json: leaks must be one of fail, report, off, got "loud"\.\n {2}Leave it out for fail\.\n$/);
  });
});

describe("Jest's reporter", () => {
  // In a process of its own, as Jest calls it: constructed, reported the start, reported the end.
  const jest = (folder, { options = {}, env, left = [['opens', 1]] } = {}) => runNode(['-e', `
    const { spawnSync } = require('node:child_process');
    const Reporter = require(${JSON.stringify(path.join(root, 'js', 'runners', 'jest', 'reporter.js'))});
    const reporter = new Reporter({}, ${JSON.stringify(options)});
    reporter.onRunStart({}, {});
    const run = process.env.LEAKLINE_RUN;
    spawnSync(process.execPath, [${JSON.stringify(fixture)}, 'a.test.js', ${JSON.stringify(JSON.stringify(left))}], { stdio: 'ignore' });
    reporter.onRunComplete(new Set(), {});
    console.log(JSON.stringify({ run, after: process.env.LEAKLINE_RUN, stays: require('node:fs').existsSync(run) }));
  `], { cwd: folder, env });

  it('sums up on stderr and leaves nothing behind', async () => {
    const { stdout, stderr } = await jest(project());
    assert.match(stderr, /^\nleakline {2}1 leak left by 1 test +1 file · 1 test\n/);
    const { run, after, stays } = JSON.parse(stdout);
    assert.equal(typeof run, 'string');
    assert.deepEqual([after, stays], [undefined, false]);
  });

  it('is quiet, and writes JSON', async () => {
    const folder = project();
    const { stderr } = await jest(folder, { options: { quiet: true, json: 'leaks.json' } });
    assert.equal(stderr, '');
    assert.equal(JSON.parse(fs.readFileSync(path.join(folder, 'leaks.json'), 'utf8')).failed, 1);
  });

  it('leaves summing up to a run around it', async () => {
    const outer = project();
    const { stdout, stderr } = await jest(project(), { env: { LEAKLINE_RUN: outer } });
    assert.equal(stderr, '');
    assert.equal(JSON.parse(stdout).after, outer);
  });

  it('refuses options that it does not know, or of another type', () => {
    const make = (options) => () => new LeaklineReporter({}, options);
    assert.throws(make({ jsno: 'x' }), { code: 'ERR_LEAKLINE_OPTION', message: /made of json, quiet, got 'jsno'/ });
    assert.throws(make({ json: true }), { code: 'ERR_LEAKLINE_OPTION', message: /^json must be the path of a file, got true/ });
    assert.throws(make({ quiet: 'yes' }), { code: 'ERR_LEAKLINE_OPTION', message: /^quiet must be true or false, got 'yes'/ });
  });
});
