'use strict';

// The example suite for Jest: exactly the tests fail that are to, and what leaks is named by its line.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { before, describe, it } = require('node:test');

const { ensureProject } = require('../.scripts/projects');
const { runSuite } = require('../examples/suite');

const example = path.join(__dirname, '..', 'examples', 'jest');
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
    const text = fs.readFileSync(path.join(example, 'README.md'), 'utf8');
    const [, printed] = text.match(/```\n(FAIL test\/room[\s\S]*?)```/);
    const missing = printed.trimEnd().split('\n').filter((line) => line !== '…' && !suite.output.includes(line));
    assert.deepEqual(missing, [], suite.output);
  });
});

function installed(name) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
}
