'use strict';

// Ordinary tests pass under leakline as they pass without: none of them is failed, and nothing is kept alive by it.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { withDetectLeaks } = require('../fixtures/suites/clean/detect-leaks');
const { fewest, generate } = require('../fixtures/suites/clean/generate');
const { isFirstNode } = require('../support/first-node');
const { falseAlarms } = require('../support/jest-expected');
const { place, runJest } = require('../support/jest-project');
const { setup, versions } = require('../support/jest-versions');

const LATE_WORKER = 'A worker process has failed to exit';
const ATTEMPTS = 4;

for (const { name, folder: project, skip, isNewest } of versions()) {
  describe(`clean files under ${name}`, { skip }, () => {
    const run = async (folder, options) => {
      let found;
      // On a busy machine a worker takes longer to exit than the half second that Jest gives it. One that leakline kept alive
      // would take longer each time.
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        found = falseAlarms(await runJest(folder, { setup, ...options }));
        if (!found.length || !found.every((text) => text.startsWith(LATE_WORKER))) break;
      }
      assert.deepEqual(found, []);
    };
    const paths = (files) => files.map(({ file }) => file);
    const isWhole = isFirstNode && isNewest;

    it(`in-band, ${isWhole ? 'all of them' : 'each block once'}`, async () => {
      const { folder, written } = clean(project);
      await run(folder, { files: isWhole ? [] : paths(fewest(written)) });
    });
    if (!isFirstNode) return;

    for (const mode of ['workers', 'threads']) {
      it(mode, async () => {
        const { folder, written } = clean(project);
        await run(folder, { mode, files: paths(fewest(written)) });
      });
    }

    it('with --detectOpenHandles', async () => {
      const { folder, written } = clean(project);
      await run(folder, { args: ['--detectOpenHandles'], files: paths(fewest(written)) });
    });

    it('with --detectLeaks', async () => {
      const { folder, written } = clean(project);
      const args = ['--detectLeaks'];
      const { tests } = await runJest(folder, { setup, args, files: paths(fewest(withDetectLeaks(written))) });
      // Bare Jest accuses a file by chance, see detect-leaks.js. What is held by leakline is held each time.
      const accused = [...new Set(tests.filter(({ status }) => status === 'failed').map(({ file }) => file))];
      if (accused.length > 0) await run(folder, { args, files: accused });
    });
  });
}

/** All 200 files, in which blocks meet one another; for what each block does by itself `fewest` of them are enough. */
function clean(project) {
  const folder = place(project, 'clean');
  return { folder, written: generate(folder) };
}
