'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { LeaklineError, error } = require('../js/base/errors');
const { root } = require('./support/run');

// One call of each, with what it must say: the rule, what was given, what to do.
const examples = {
  ERR_LEAKLINE_STARTED: [[{ mode: 'full' }, { mode: 'counts' }], /starts once.*'full'.*'counts'.*stop\(\)/s],
  ERR_LEAKLINE_NOT_STARTED: [['snapshot'], /snapshot\(\).*not started.*start\(\)/s],
  ERR_LEAKLINE_NOT_WATCHED: [[], /no test is watched here\. Name leakline in .*'leakline\/jest\/setup'/],
  ERR_LEAKLINE_OPTION: [['budget', 'a number from 0.001 to 1', 5], /budget must be a number from 0.001 to 1, got 5\. Leave it out/],
  ERR_LEAKLINE_CHECKING: [[], /^check\(\) measures one function at a time, and another check is still running\. /],
  ERR_LEAKLINE_COLLECTOR: [['it has ended'], /^leakline's collector must run to be asked, and it does not: it has ended\. /],
  ERR_LEAKLINE_ADDON: [[[{ what: 'a.node', why: 'gone' }], 'Build it.'], /Tried:\n {2}a\.node\n {4}gone\nBuild it\.$/],
  ERR_LEAKLINE_SNAPSHOT: [['a.json', 'it is empty'], /a\.json must be a snapshot.*it is empty.*LEAKLINE_REPORT/s],
  ERR_LEAKLINE_CONFIG: [['/app/c.json', 'allow[2].max must be a whole number, got 0', 'Say how many.'], /^\/app\/c\.json: allow\[2\]\.max must be .*, got 0\. Say how many\.$/],
  ERR_LEAKLINE_BASELINE: [['/app/b.json', 'leaks[0].count must be a whole number, got 0', 'Fix it.'], /^\/app\/b\.json: leaks\[0\]\.count must be .*, got 0\. Fix it\.$/],
  ERR_LEAKLINE_RUNNER: [['leakline/jest/setup', 'setupFilesAfterEnv'], /^leakline\/jest\/setup must be loaded where .* Name it in setupFilesAfterEnv of/],
  ERR_LEAKLINE_POOL: [['an object of class Depot', 'it has no shape'], /^watchPool\(\) takes a pool .*, got an object of class Depot: it has no shape\. .*track\(\)/],
  ERR_LEAKLINE_USAGE: [['There is no such thing.', 'run'], /no such thing\. Run 'leakline run --help'/],
};

describe('errors', () => {
  for (const [code, [args, expected]] of Object.entries(examples)) {
    it(`${code} says the rule, what was given and what to do`, () => {
      const made = error(code, ...args);
      assert.ok(made instanceof LeaklineError && made instanceof Error);
      assert.equal(made.code, code);
      assert.equal(made.name, 'LeaklineError');
      assert.match(made.message, expected);
      assert.ok(made.message.endsWith(made.hint));
      assert.ok(!made.stack.includes('errors.js'), 'the stack begins at the caller');
    });
  }

  it('are the ones that the types name', () => {
    const types = fs.readFileSync(path.join(root, 'js', 'index.d.ts'), 'utf8');
    const named = types.match(/type LeaklineErrorCode =.*?\n\n/s)[0].match(/ERR_LEAKLINE_\w+/g);
    assert.deepEqual(named.toSorted(), Object.keys(examples).toSorted());
  });

  it('keep a large value to a line', () => {
    const { message } = error('ERR_LEAKLINE_OPTION', 'kinds', 'an array', 'x'.repeat(10_000));
    assert.ok(message.length < 300);
    assert.ok(!message.includes('\n'));
  });
});
