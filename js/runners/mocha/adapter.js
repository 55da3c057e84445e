'use strict';

/** Joins Mocha and the watch over its files. They share a root, and so one end: what is left is judged then. */

const { load } = require('../core/config.js');
const { together } = require('../core/failures.js');
const { createWatch } = require('../core/watch.js');
const { createHolds } = require('./holds.js');
const { failTest, keepLast } = require('./runner.js');

/** Longer than what may be waited for; Mocha's own two seconds are for the tests. */
const TIMEOUT_MS = 120_000;

/** Mocha's root hooks. */
function hooks() {
  let watch = watchFiles();
  let running = null;
  const holds = createHolds((tests) => watch.hasLeft(tests));
  /** Failures that no test can have: Mocha reports nothing more of one that is skipped, and ends a run in which a hook fails. */
  const unplaced = [];

  const own = {
    beforeAll() {
      watch.run();
      keepLast(this.test.parent, own);
    },

    beforeEach() {
      const test = this.currentTest;
      holds.begin(test.parent);
      running = watch.begin(test.titlePath().join(' > '), { file: test.file, of: test, first: test.retriedTest() ?? test });
    },

    async afterEach() {
      this.timeout(TIMEOUT_MS);
      // When hooks fail, Mocha calls those that come after as it sees fit.
      if (running === null) return;
      const ended = running;
      running = null;
      holds.add(ended);
      const message = await watch.end(ended);
      if (message !== null && !failTest(ended.of, message)) unplaced.push({ tests: [ended], message });
    },

    // Its name is what Mocha shows where it fails.
    afterAll: async function leakline() {
      this.timeout(TIMEOUT_MS);
      running = null;
      try {
        const { failures, print } = await watch.finish();
        if (print !== '') process.stderr.write(print);
        const all = [...unplaced, ...failures.filter((failure) => !fail(failure))];
        if (all.length > 0) throw leakError(all);
      } finally {
        unplaced.length = 0;
        holds.clear();
        // A process of parallel mode, or of watch mode, goes on with other files, and asks for no new hooks.
        watch = watchFiles();
      }
    },
  };

  /** Fails a test that has passed; of one that was tried again, the last attempt. False when there is none. */
  function fail({ tests: [{ of: test }], message }) {
    // A second failure long after the first is not what reporters expect: some show the first one twice.
    return test.state === 'passed' && failTest(test, message);
  }

  return own;
}

function watchFiles() {
  return createWatch({
    realm: globalThis,
    runner: 'mocha',
    // The process that starts those of the files loads what they load.
    isFirst: process.env.MOCHA_WORKER_ID === undefined,
    settings: load(),
    scope(enter, leave) {
      const { before, after, suiteSetup = before, suiteTeardown = after } = globalThis;
      suiteSetup(enter);
      suiteTeardown(leave);
    },
  });
}

function leakError(failures) {
  const error = new Error(together(failures));
  error.stack = error.message;
  return error;
}

module.exports = { hooks };
