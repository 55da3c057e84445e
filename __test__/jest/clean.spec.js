'use strict';

// Ordinary tests pass under leakline as they pass without: none of them is failed, and nothing is kept alive by it.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { withDetectLeaks } = require('../fixtures/suites/clean/detect-leaks');
const { generate } = require('../fixtures/suites/clean/generate');
const { isFirstNode } = require('../support/first-node');
const { falseAlarms } = require('../support/jest-expected');
const { place, runJest } = require('../support/jest-project');
const { setup, versions } = require('../support/jest-versions');

// Each block is in the first of these, and all of them beside each other in 200.
const SOME = 81;

for (const { name, folder: project, skip } of versions()) {
  describe(`clean files under ${name}`, { skip }, () => {
    const run = async (files, options) => assert.deepEqual(falseAlarms(await runJest(files.folder, { setup, ...options })), []);

    it('in-band, all of them', () => run(clean(project, isFirstNode ? undefined : SOME)));
    if (!isFirstNode) return;

    for (const mode of ['workers', 'threads']) {
      it(mode, () => run(clean(project, SOME), { mode }));
    }

    it('with --detectOpenHandles', () => run(clean(project, SOME), { args: ['--detectOpenHandles'] }));

    it('with --detectLeaks', async () => {
      const { folder, written } = clean(project, SOME);
      const args = ['--detectLeaks'];
      const { tests } = await runJest(folder, { setup, args, files: withDetectLeaks(written) });
      // Bare Jest accuses a file by chance, see detect-leaks.js. What is held by leakline is held each time.
      const accused = [...new Set(tests.filter(({ status }) => status === 'failed').map(({ file }) => file))];
      if (accused.length > 0) await run({ folder }, { args, files: accused });
    });
  });
}

function clean(project, count) {
  const folder = place(project, 'clean');
  return { folder, written: generate(folder, { count }) };
}
