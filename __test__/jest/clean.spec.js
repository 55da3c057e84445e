'use strict';

// Ordinary tests pass under leakline as they pass without: none of them is failed, and nothing is kept alive by it.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { withDetectLeaks } = require('../fixtures/suites/clean/detect-leaks');
const { generate } = require('../fixtures/suites/clean/generate');
const { falseAlarms } = require('../support/jest-expected');
const { place, runJest } = require('../support/jest-project');
const { setup, versions } = require('../support/jest-versions');

// Each block is in the first of these, and all of them beside each other in 200.
const SOME = 81;

for (const { name, folder: project, skip } of versions()) {
  describe(`clean files under ${name}`, { skip }, () => {
    const run = async (files, options) => assert.deepEqual(falseAlarms(await runJest(files.folder, { setup, ...options })), []);

    it('in-band, all of them', () => run(clean(project)));

    for (const mode of ['workers', 'threads']) {
      it(mode, () => run(clean(project, SOME), { mode }));
    }

    it('with --detectOpenHandles', () => run(clean(project, SOME), { args: ['--detectOpenHandles'] }));

    // Jest 29's own verdict is by chance, see detect-leaks.js.
    it('with --detectLeaks', { skip: name === 'jest29' && 'Jest 29 finds leaks at random' }, () => {
      const files = clean(project, SOME);
      return run(files, { args: ['--detectLeaks'], files: withDetectLeaks(files.written) });
    });
  });
}

function clean(project, count) {
  const folder = place(project, 'clean');
  return { folder, written: generate(folder, { count }) };
}
