'use strict';

// The lines of TypeScript sources, whichever compiler is between them and what runs. A compiler writes the same under each Node;
// and of these only babel-jest has a version of its own for each of Jest.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { differences } = require('../support/jest-expected');
const { place, runJest } = require('../support/jest-project');
const { setup, versions } = require('../support/jest-versions');

for (const { name, folder: project, skip, isNewest } of versions(['20'])) {
  describe(`TypeScript under ${name}`, { skip }, () => {
    for (const compiler of ['babel-jest', ...(isNewest ? ['ts-jest', '@swc/jest'] : [])]) {
      it(`by ${compiler}`, async () => {
        const folder = place(project, 'leaky-typescript');
        const result = await runJest(folder, { setup, env: { COMPILER: compiler } });
        assert.deepEqual(differences(folder, result), []);
        assert.equal(result.code, 1);
      });
    }
  });
}
