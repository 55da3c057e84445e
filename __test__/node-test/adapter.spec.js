'use strict';

// Under node:test a suite named for each test that leaks fails, with its line; and nothing else does.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { marked, named, place, run } = require('../support/runners');
const { root, temporaryFolder } = require('../support/run');

const [major, minor] = process.versions.node.split('.').map(Number);
const hasTypes = major > 22 || (major === 22 && minor >= 18);
const hasIsolation = major >= 22;
const isolation = major === 22 ? '--experimental-test-isolation=none' : '--test-isolation=none';
const reporter = path.join(root, '.scripts', 'reporter.mjs');
const preload = ['--import', 'leakline/node-test'];
const project = temporaryFolder();
fs.mkdirSync(path.join(project, 'node_modules'));
fs.symlinkSync(root, path.join(project, 'node_modules', 'leakline'), 'junction');
const both = ['clean.test.js', 'leaky.test.mjs'];

describe('under node:test', { concurrency: 2 }, () => {
  const modes = [
    ['a process for each file', both, [...preload, '--test']],
    ['--require', both, ['--require', 'leakline/node-test', '--test']],
    ['no isolation', both, [...preload, '--test', isolation], !hasIsolation && 'from Node 22 on'],
    ['one file without the runner', ['leaky.test.mjs'], preload],
    ['required by the file', ['required.test.js'], ['--test']],
    ['types that are stripped', ['typed.test.ts'], [...preload, '--test'], !hasTypes && 'from Node 22.18 on'],
  ];
  for (const [name, files, args, skip = false] of modes) {
    it(name, { skip }, async () => {
      const folder = placed();
      const { code, failures, output } = await nodeTest(folder, files, args);
      // With --import the process that starts those of the files loads nothing; a file that requires leakline is one of many.
      const isSilent = name.startsWith('required') || (args.includes('--import') && args.includes('--test') && !args.includes(isolation));
      assert.equal(output.match(/leakline watches the tests for/g)?.length ?? 0, isSilent ? 0 : 1, output);
      assert.deepEqual(named(failures), marked(folder, files));
      assert.equal(code, 1);
    });
  }

  it('clean files pass', async () => {
    const { code, failures, output } = await nodeTest(placed(), ['clean.test.js'], [...preload, '--test']);
    assert.deepEqual([code, failures], [0, []], output);
  });

  it('judged test by test', async () => {
    const folder = placed({ 'leakline.config.json': '{ "checkAt": "test", "graceMs": 20 }' });
    const { failures } = await nodeTest(folder, ['leaky.test.mjs'], [...preload, '--test']);
    const tests = Object.fromEntries(Object.entries(marked(folder, ['leaky.test.mjs'])).map(([test, lines]) => [test.split(' > ').pop(), lines]));
    // Then what is released after the test comes too late, and of those that ran at once the last one fails.
    const { 'released late': late, ...others } = named(failures);
    assert.equal(late.length, 1);
    const { first: _, ...expected } = tests;
    assert.deepEqual(others, expected);
  });

  for (const args of [['--test-force-exit'], ['--test-name-pattern=required']]) {
    it(`${args}: the file fails, and says why`, async () => {
      const { code, output } = await nodeTest(placed(), ['required.test.js'], ['--test', ...args]);
      assert.match(output, /leakline: 1 leak: listener 'x' on EventEmitter at required\.test\.js:10:7/);
      assert.equal(code, 1);
    });
  }

  it('a process that runs no tests says nothing of tests', async () => {
    const { code, stdout } = await run(placed(), ['prints.js'], { NODE_OPTIONS: preload.join(' ') });
    assert.deepEqual([code, stdout], [0, 'prints\n']);
  });
});

function placed(files) {
  return place(project, 'node-test', files);
}

async function nodeTest(folder, files, args) {
  const { code, stdout, output } = await run(folder, [...args, `--test-reporter=${reporter}`, '--test-reporter-destination=stdout', ...files]);
  const lines = stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const reported = lines.filter(({ outcome, fromSubtests }) => outcome === 'failed' && !fromSubtests);
  const failures = reported.map(({ name, error }) => [name.replace('leakline: ', ''), error]);
  return { code, output, failures: major === 22 ? fromText(failures, lines) : failures };
}

/** Node 22 does not count suites that fail by themselves: there files fail, and each test is reported in what they print. */
function fromText(failures, lines) {
  const printed = lines.map(({ output = '' }) => output).join('');
  const reported = printed.split(/^(.+)\n\n(?=leakline: \d)/m).slice(1);
  const byTest = Array.from({ length: reported.length / 2 }, (_, i) => reported.slice(2 * i, 2 * i + 2));
  return [...failures.filter(([name]) => !name.includes('.test.')), ...byTest];
}
