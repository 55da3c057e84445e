'use strict';

// The example suite for Jest and the steps of its documentation: exactly the tests fail that are to, and what leaks is named by
// its line.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { before, describe, it } = require('node:test');

const { ensureProject } = require('../.scripts/projects');
const { runSuite } = require('../examples/suite');
const { cleanEnvironment, root } = require('./support/run');

const example = path.join(root, 'examples', 'jest');
const { folder, reason } = ensureProject('jest30');

describe('the example suite for Jest', { skip: reason }, () => {
  let suite;

  before(() => {
    suite = runSuite('jest', folder);
  });

  it('fails, allows, knows and reports each leak at its line', () => {
    const problems = suite.outcomes.filter(({ problem }) => problem !== null);
    assert.deepEqual(problems, [], suite.output);
    const kinds = new Set(suite.outcomes.map(({ outcome }) => outcome));
    assert.deepEqual([...kinds].toSorted(), ['allowed', 'baselined', 'failed', 'matcher', 'reported']);
  });

  it('finds and fails nothing besides', () => {
    assert.deepEqual(suite.others, [], suite.output);
  });

  it('needs the versions that it is tested with', () => {
    const { devDependencies } = JSON.parse(fs.readFileSync(path.join(example, 'package.json'), 'utf8'));
    const versions = Object.keys(devDependencies).map((name) => [name, installed(name)]);
    assert.deepEqual(devDependencies, Object.fromEntries(versions));
  });

  it('says in its README what it prints', () => {
    assertPrints(path.join(example, 'README.md'), 'FAIL test/room', suite.output);
  });
});

describe('the steps for Jest in the documentation', { skip: reason }, () => {
  it('print what stands there', (t) => {
    const readme = path.join(root, 'docs', 'testing', 'jest.md');
    const steps = fs.mkdtempSync(path.join(folder, 'readme-'));
    t.after(() => fs.rmSync(steps, { recursive: true, force: true }));
    const files = [...fs.readFileSync(readme, 'utf8').matchAll(/```js\n(\/\/ (\S+\.js)\n[\s\S]*?)```/g)];
    assert.deepEqual(files.map(([, , name]) => name), ['jest.config.js', 'chat.js', 'chat.test.js']);
    fs.writeFileSync(path.join(steps, 'package.json'), '{}');
    for (const [, text, name] of files) fs.writeFileSync(path.join(steps, name), text);
    const jest = path.join(folder, 'node_modules', 'jest', 'bin', 'jest.js');
    const { status, stderr } = spawnSync(process.execPath, [jest], { cwd: steps, env: cleanEnvironment(), encoding: 'utf8' });
    assert.equal(status, 1, stderr);
    assertPrints(readme, 'FAIL ./chat', stderr);
  });
});

/** Every line of the block of a README that begins with `start` was printed, whatever time it took. */
function assertPrints(readme, start, printed) {
  // Jest has another sign on Windows.
  const timeless = (text) => text.replace(/ \([\d.]+ m?s\)/g, '').replaceAll('\u00d7 ', '✕ ');
  const blocks = fs.readFileSync(readme, 'utf8').split('```');
  const block = blocks.find((text) => text.startsWith(`\n${start}`));
  const missing = timeless(block).split('\n').filter((line) => line !== '…' && !timeless(printed).split('\n').includes(line));
  assert.deepEqual(missing, [], printed);
}

function installed(name) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
}
