'use strict';

/** Joins Vitest and the watch over a file. Lives in the main realm; the sandboxes of the vm pools come and go. */

const { Map } = require('../../base/originals.js');
const { matchersFor } = require('../matchers/matchers.js');
const { load } = require('../core/config.js');
const { together } = require('../core/failures.js');
const { createWatch } = require('../core/watch.js');
const { failTests } = require('./fail.js');

/** Longer than what may be waited for; Vitest's own ten seconds are for the file's hooks. */
const TIMEOUT_MS = 120_000;

/**
 * @param {typeof globalThis} realm
 * @param {typeof import('vitest')} vitest
 */
function watchFile(realm, { aroundAll, aroundEach, beforeAll, beforeEach, expect }) {
  expect.extend(matchersFor(realm));

  /** By block, Vitest's: blocks may run at once. */
  const levels = new Map();
  const watch = createWatch({
    realm,
    runner: 'vitest',
    // Numbered from 0 since Vitest 4, and new for each file that is isolated.
    isFirst: process.env.VITEST_WORKER_ID === (aroundEach === undefined ? '1' : '0'),
    file: expect.getState().testPath,
    settings: load(),
    scope(_enter, _leave, level) {
      // The last argument is the block, in each version.
      beforeAll(function () {
        levels.set(arguments[arguments.length - 1], level);
      });
    },
  });

  function begin(task) {
    const blocks = blocksOf(task);
    const names = [...blocks.map(({ name }) => name), task.name];
    const level = [task.file, ...blocks].map((block) => levels.get(block)).findLast(Boolean);
    return watch.begin(names.join(' > '), { level, of: task });
  }

  async function end(test) {
    const message = await watch.end(test);
    if (message !== null) throw leakError(message);
  }

  async function finish() {
    const { failures, print } = await watch.finish();
    if (print !== '') process.stderr.write(print);
    const unplaced = await failTests(realm, failures);
    if (unplaced.length > 0) throw leakError(together(unplaced));
  }

  // What surrounds all else comes after whatever the file cleans up, in each order of hooks.
  if (aroundEach !== undefined) {
    aroundAll(async (run) => {
      watch.run();
      await run();
      await finish();
    }, TIMEOUT_MS);
    aroundEach(async (run, { task }) => {
      const test = begin(task);
      await run();
      await end(test);
    }, TIMEOUT_MS);
    return;
  }
  // Before Vitest 4.1 what a first hook returns comes last, in the default order of hooks.
  beforeAll(() => {
    watch.run();
    return finish;
  }, TIMEOUT_MS);
  beforeEach(({ task }) => {
    const test = begin(task);
    return () => end(test);
  }, TIMEOUT_MS);

  /** The place that Vitest shows is that of the test: the message names the line of the leak. */
  function leakError(message) {
    const error = new realm.Error(message);
    error.stack = message;
    return error;
  }
}

/** The describe blocks around a test, the outermost first. */
function blocksOf({ suite }) {
  return suite === undefined ? [] : [...blocksOf(suite), suite];
}

module.exports = { watchFile };
