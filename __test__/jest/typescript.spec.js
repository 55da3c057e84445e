'use strict';

// The lines of TypeScript sources, whichever compiler is between them and what runs.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { differences } = require('../support/jest-expected');
const { place, runJest } = require('../support/jest-project');
const { setup, versions } = require('../support/jest-versions');

for (const { name, folder: project, skip } of versions()) {
  describe(`TypeScript under ${name}`, { skip }, () => {
    for (const compiler of ['ts-jest', '@swc/jest', 'babel-jest']) {
      it(`by ${compiler}`, async () => {
        const folder = place(project, 'leaky-typescript');
        const result = await runJest(folder, { setup, env: { COMPILER: compiler } });
        assert.deepEqual(differences(folder, result), []);
        assert.equal(result.code, 1);
      });
    }
  });
}
