'use strict';

/** Joins Jest and the watch over a file. Lives in the main realm; the sandbox it serves is let go of at the file's end. */

const { error } = require('../../base/errors.js');
const { load } = require('../core/config.js');
const { together } = require('../core/failures.js');
const { createWatch } = require('../core/watch.js');
const { concurrentTests, currentTest, keepLast, nameOf } = require('./circus.js');
const { matchersFor } = require('../matchers/matchers.js');

/** Longer than what may be waited for; Jest's own five seconds are for the tests. */
const TIMEOUT_MS = 120_000;

/**
 * @param {typeof globalThis} realm the sandbox
 * @param {object} jest its functions
 */
function watchFile(realm, { afterAll, afterEach, beforeAll, beforeEach, expect }) {
  if (typeof beforeEach !== 'function') throw error('ERR_LEAKLINE_RUNNER', 'leakline/jest/setup', 'setupFilesAfterEnv');
  expect.extend(matchersFor(realm));

  const watch = createWatch({
    realm,
    runner: 'jest',
    isFirst: (process.env.JEST_WORKER_ID ?? '1') === '1',
    file: expect.getState().testPath,
    settings: load(),
    scope(enter, leave) {
      beforeAll(enter);
      afterAll(leave);
    },
  });
  let running = null;

  beforeAll(() => {
    watch.run();
    concurrentTests(realm).forEach(watchConcurrent);
  });

  beforeEach(() => {
    const test = currentTest(realm);
    running = watch.begin(test === null ? (expect.getState().currentTestName ?? 'a test') : nameOf(test), { of: test ?? undefined });
  });

  afterEach(async () => {
    if (running === null) return;
    const ended = running;
    running = null;
    const message = await watch.end(ended);
    if (message !== null) throw leakError(message, ended.of);
  }, TIMEOUT_MS);

  afterAll(async () => {
    const { failures, print } = await watch.finish();
    if (print !== '') process.stderr.write(print);
    const unplaced = failures.filter(({ tests, message }) => !failTests(tests, message));
    // A runner that does not let a test fail once it has ended: then the file does.
    if (unplaced.length > 0) throw leakError(together(unplaced));
  }, TIMEOUT_MS);

  // What the file's own hooks clean up is no leak: they come before ours.
  keepLast(realm);

  /** Jest calls no `beforeEach` for a concurrent test, and may begin it long before its turn. */
  function watchConcurrent(test) {
    const { fn } = test;
    test.fn = async function () {
      const begun = watch.begin(nameOf(test), { of: test });
      try {
        return await fn.call(this);
      } finally {
        const message = await watch.end(begun);
        if (message !== null) test.errors.push(leakError(message, test));
      }
    };
  }

  /** Fails tests that have ended. False when there is none that can be failed. */
  function failTests(tests, message) {
    const failed = tests.filter(({ of }) => of !== undefined);
    for (const { of: test } of failed) test.errors.push(leakError(message, test));
    return failed.length > 0;
  }

  /** The error's place is that of the test: the message names the line of the leak. */
  function leakError(message, test) {
    const made = new realm.Error(message);
    const frames = (test?.asyncError?.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    made.stack = [`Error: ${message}`, ...frames].join('\n');
    return made;
  }
}

module.exports = { watchFile };
