'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { error, isLeaklineError } = require('../js/base/errors');
const { root } = require('./support/run');

// One call of each, with what it must say: the rule, what was given, what to do.
const examples = {
  ERR_LEAKLINE_STARTED: [[{ mode: 'full' }, { mode: 'counts' }], /starts once.*'full'.*'counts'.*stop\(\)/s],
  ERR_LEAKLINE_NOT_STARTED: [['snapshot'], /snapshot\(\).*not started.*start\(\)/s],
  ERR_LEAKLINE_NOT_WATCHED: [[], /no test is watched here\. Name leakline in .*'leakline\/jest\/setup'/],
  ERR_LEAKLINE_OPTION: [['budget', 'a number from 0.001 to 1', 5], /budget must be a number from 0.001 to 1, got 5\. Leave it out/],
  ERR_LEAKLINE_CHECKING: [[], /^check\(\) measures one function at a time, and another check is still running\. /],
  ERR_LEAKLINE_CHECK_ENDED: [[], /^check\(\) ends with the test that began it, and that test is over\. Give the test more time/],
  ERR_LEAKLINE_TIMEOUT: [[50, 3, 55], /^check\(\) must end within 50 ms, and 3 of 55 calls had begun by then\. Raise its timeout/],
  ERR_LEAKLINE_COLLECTOR: [['it has ended'], /^leakline's collector must run to be asked, and it does not: it has ended\. /],
  ERR_LEAKLINE_ADDON: [[[{ what: 'a.node', why: 'gone' }], 'Build it.'], /Tried:\n {2}a\.node\n {4}gone\nBuild it\.$/],
  ERR_LEAKLINE_SNAPSHOT: [['a.json', 'it is empty'], /a\.json must be a snapshot.*it is empty.*LEAKLINE_REPORT/s],
  ERR_LEAKLINE_CONFIG: [['/app/c.json', 'allow[2].max must be a whole number, got 0', 'Say how many.'], /^\/app\/c\.json: allow\[2\]\.max must be .*, got 0\. Say how many\.$/],
  ERR_LEAKLINE_BASELINE: [['/app/b.json', 'leaks[0].count must be a whole number, got 0', 'Fix it.'], /^\/app\/b\.json: leaks\[0\]\.count must be .*, got 0\. Fix it\.$/],
  ERR_LEAKLINE_RUNNER: [['leakline/jest/setup', 'setupFilesAfterEnv'], /^leakline\/jest\/setup must be loaded where .* Name it in setupFilesAfterEnv of/],
  ERR_LEAKLINE_POOL: [['an object of class Depot', 'it has no shape'], /^watchPool\(\) takes a pool .*, got an object of class Depot: it has no shape\. .*track\(\)/],
  ERR_LEAKLINE_HEAP_FILE: [['a.heapsnapshot', 'it ends early'], /^a\.heapsnapshot must be a whole heap snapshot of V8: it ends early\. Write one with v8\.writeHeapSnapshot/],
  ERR_LEAKLINE_CASE: [['case.json', 'it is no case', 'Name another.'], /^case\.json: it is no case\. Name another\.$/],
  ERR_LEAKLINE_PROOF: [['the test passes', 'Fill it in.', [{ what: '', why: 'not ok 1' }]], /^the test passes:\n {4}not ok 1\nFill it in\.$/],
  ERR_LEAKLINE_OTEL: [['it is not installed'], /^leakline\/otel needs @opentelemetry\/api: it is not installed\. Install it/],
  ERR_LEAKLINE_HEAP_OF: [['Bus', 'there is none'], /^of must name a class, .*, got 'Bus': there is none\. Leave it out/],
  ERR_LEAKLINE_PAUSE: [['340 MB', '20 to 38 s', '2768 MB'], /^retainers\(\) must be allowed to stop this thread: .* heap of 340 MB takes 20 to 38 s and 2768 MB of memory, .*retainers\(\{ pause: true \}\)/],
  ERR_LEAKLINE_MEMORY: [['340 MB', '2768 MB', '900 MB'], /^retainers\(\) takes some 2768 MB .* 340 MB, and this process can have 900 MB more\. Give it more memory/],
  ERR_LEAKLINE_RETAINERS: [['another look is under way', 'Await it first.'], /^the heap could not be looked at: another look is under way\. Await it first\.$/],
  ERR_LEAKLINE_FLIGHT: [['/run/a.flight', 'it is empty', 'Name another.'], /^\/run\/a\.flight must be a flight file that can be read: it is empty\. Name another\.$/],
  ERR_LEAKLINE_PROCESS: [[7, 'it has ended', 'Name another.'], /^process 7: it has ended\. Name another\.$/],
  ERR_LEAKLINE_USAGE: [['There is no such thing.', 'run'], /no such thing\. Run 'leakline run --help'/],
};

/** Those that say that an argument is wrong. */
const classes = { ERR_LEAKLINE_OPTION: TypeError, ERR_LEAKLINE_SNAPSHOT: TypeError, ERR_LEAKLINE_POOL: TypeError };

describe('errors', () => {
  for (const [code, [args, expected]] of Object.entries(examples)) {
    it(`${code} says the rule, what was given and what to do`, () => {
      const made = error(code, ...args);
      assert.ok(isLeaklineError(made) && made instanceof (classes[code] ?? Error));
      assert.equal(made instanceof TypeError || made instanceof RangeError, classes[code] !== undefined);
      assert.equal(made.code, code);
      assert.equal(made.name, 'LeaklineError');
      assert.match(made.message, expected);
      assert.ok(made.message.endsWith(made.hint));
      assert.ok(!made.stack.includes('errors.js'), 'the stack begins at the caller');
    });
  }

  it('are the ones that the types name', () => {
    const types = fs.readFileSync(path.join(root, 'js', 'types', 'errors.d.ts'), 'utf8');
    const named = types.match(/type LeaklineErrorCode =.*?\n\n/s)[0].match(/ERR_LEAKLINE_\w+/g);
    assert.deepEqual(named.toSorted(), Object.keys(examples).toSorted());
  });

  it('are a RangeError where the type is right', () => {
    const { checked } = require('../js/base/options');
    for (const options of [{ budget: 5 }, { mode: 'loud' }, { kinds: ['listeners'] }]) {
      assert.throws(() => checked('start', options), (reason) => reason instanceof RangeError && reason.code === 'ERR_LEAKLINE_OPTION');
    }
    for (const options of [{ budget: '5' }, { mode: 1 }, { kinds: 'map' }, { unknown: 1 }, 7]) {
      assert.throws(() => checked('start', options), (reason) => reason instanceof TypeError && reason.code === 'ERR_LEAKLINE_OPTION');
    }
  });

  it('are recognised by those of another copy', () => {
    assert.equal(error('ERR_LEAKLINE_CHECKING')[Symbol.for('leakline.error')], true);
    for (const other of [new Error('x'), null, undefined, 'ERR_LEAKLINE_CHECKING']) assert.equal(isLeaklineError(other), false);
  });

  it('keep a large value to a line', () => {
    const { message } = error('ERR_LEAKLINE_OPTION', 'kinds', 'an array', 'x'.repeat(10_000));
    assert.ok(message.length < 300);
    assert.ok(!message.includes('\n'));
  });
});
