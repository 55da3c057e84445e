'use strict';

/** Lets tests fail that have ended: their file is still running, and Vitest takes a test's result until that is over. */

const { Set } = require('../../base/originals.js');

/**
 * @param {typeof globalThis} realm
 * @param {{ tests: { of: object }[], message: string }[]} failures of ours, each with Vitest's test
 * @returns {Promise<typeof failures>} those for which there is no test that can fail
 */
async function failTests(realm, failures) {
  const update = updater(realm);
  if (update === null) return failures;
  const failed = new Set();
  const unplaced = [];
  for (const failure of failures) {
    const ran = failure.tests.map(({ of }) => of).filter(({ result }) => result?.state === 'pass' || result?.state === 'fail');
    if (ran.length === 0) unplaced.push(failure);
    for (const task of new Set(ran)) {
      task.result.state = 'fail';
      task.result.errors = [...(task.result.errors ?? []), errorOf(failure.message)];
      failed.add(task);
    }
  }
  // Without this the file fails, by its tests, but nobody hears why.
  if (failed.size > 0) await update([...failed].map(({ id, result, meta }) => [id, result, meta]), []);
  return unplaced;
}

/** What notifies Vitest of results; null when it is not where it was in versions 1 to 4. */
function updater(realm) {
  const rpc = realm.__vitest_worker__?.rpc;
  return typeof rpc?.onTaskUpdate === 'function' ? rpc.onTaskUpdate : null;
}

/** As Vitest has errors of the tests' process. A stack would be this file's: the message names the line of the leak. */
function errorOf(message) {
  return { name: 'Error', message, stack: '' };
}

module.exports = { failTests };
