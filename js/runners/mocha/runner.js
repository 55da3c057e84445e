'use strict';

/** What is asked of Mocha beyond what it documents. */

/**
 * Fails a test, though it may have ended: Mocha hears the `error` events of tests until the run is over,
 * as that of a `done()` that comes twice.
 * @returns {boolean} false when nobody hears: then the hook must fail
 */
function failTest(test, message) {
  // Of a test that was skipped nothing more is reported.
  if (test.isPending() || test.listenerCount('error') === 0) return false;
  const error = new Error(message);
  // The message names the line of the leak; a stack would be that of this function.
  error.stack = message;
  test.emit('error', error);
  return true;
}

/** Has the root's own `after` hooks come before ours, which were there before any file was loaded. */
function keepLast(root, { afterAll, afterEach }) {
  for (const [hooks, fn] of [[root._afterAll, afterAll], [root._afterEach, afterEach]]) {
    const at = hooks?.findIndex((hook) => hook.fn === fn) ?? -1;
    if (at >= 0) hooks.push(...hooks.splice(at, 1));
  }
}

module.exports = { failTest, keepLast };
