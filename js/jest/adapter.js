'use strict';

/** Joins Jest and the watch over a file. Lives in the main realm; the sandbox it serves is let go of at the file's end. */

const { Map } = require('../originals.js');
const { load } = require('../testing/config.js');
const { createWatch } = require('../testing/watch.js');
const { currentTest, keepLast } = require('./circus.js');
const { matchersFor } = require('./matchers.js');

/** Longer than what may be waited for; Jest's own five seconds are for the tests. */
const TIMEOUT_MS = 120_000;

/**
 * @param {typeof globalThis} realm the sandbox
 * @param {object} hooks Jest's functions
 */
function watchFile(realm, { afterAll, afterEach, beforeAll, beforeEach, expect }) {
  expect.extend(matchersFor(realm));

  const settings = load();
  const watch = createWatch({
    realm,
    runner: 'jest',
    file: expect.getState().testPath,
    settings,
    scope(enter, leave) {
      beforeAll(enter);
      afterAll(leave);
    },
  });
  /** Jest's tests by ours. */
  const tests = new Map();
  let running = null;

  beforeEach(() => {
    const { name, test } = currentTest(realm, expect);
    running = watch.begin(name);
    tests.set(running, test);
  });

  afterEach(async () => {
    const message = await watch.end(running);
    if (message !== null) throw leakError(message, tests.get(running));
  }, TIMEOUT_MS);

  afterAll(async () => {
    const { failures, print } = await watch.finish();
    if (print !== '') process.stderr.write(print);
    const unplaced = failures.filter(({ tests: names, message }) => !failTests(names, message));
    tests.clear();
    // A runner that does not let a test fail once it has ended: then the file does.
    if (unplaced.length > 0) throw leakError(unplaced.map(({ tests: names, message }) => `${names.join(', ')}\n\n${message}`).join('\n\n'), null);
  }, TIMEOUT_MS);

  // What the file's own hooks clean up is no leak: they come before ours.
  keepLast(realm);

  /** Fails tests that have ended. False when there is none that can be failed. */
  function failTests(names, message) {
    const failed = [...tests].filter(([{ name }, test]) => test !== null && names.includes(name));
    for (const [, test] of failed) test.errors.push(leakError(message, test));
    return failed.length > 0;
  }

  /** The error's place is that of the test: the message names the line of the leak. */
  function leakError(message, test) {
    const error = new realm.Error(message);
    const frames = (test?.asyncError?.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    error.stack = [message, ...frames].join('\n');
    return error;
  }
}

module.exports = { watchFile };
