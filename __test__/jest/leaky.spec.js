'use strict';

// Each leak of the examples fails its test and is named by its line, and what is fixed passes.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { isFirstNode } = require('../support/first-node');
const { differences } = require('../support/jest-expected');
const { modes, place, runJest } = require('../support/jest-project');
const { setup, versions } = require('../support/jest-versions');

for (const { name, folder: project, skip } of versions()) {
  // They mostly wait: for what may clear late.
  describe(`leaks under ${name}`, { skip, concurrency: 2 }, () => {
    // How Jest spreads files over processes and threads is its own doing, not Node's.
    for (const mode of isFirstNode ? modes : modes.slice(0, 1)) {
      it(`${mode}: what fails and which lines it names`, async () => {
        const folder = place(project, 'leaky', `leaky-${mode}`);
        const result = await runJest(folder, { mode, setup });
        assert.equal(result.output.match(/leakline watches the tests for/g)?.length, 1, result.output);
        assert.deepEqual(differences(folder, result), []);
        assert.equal(result.code, 1);
      });
    }

    it('the matcher without the setup file', async () => {
      const folder = place(project, 'leaky', 'leaky-matcher');
      assert.deepEqual(differences(folder, await runJest(folder, { files: ['tests/matcher.test.js'] })), []);
    });
  });
}
