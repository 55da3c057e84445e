'use strict';

// The commands of `npm run` that take options say which, and do nothing where they are given another.

const assert = require('node:assert/strict');
const path = require('node:path');
const { describe, it } = require('node:test');

const { root, runNode } = require('./support/run');

for (const name of ['api', 'bench', 'fuzz', 'kernel', 'kills', 'sanitize', 'soak', 'suites', 'test']) {
  const file = path.join(root, '.scripts', `${name}.js`);

  describe(`npm run ${name}`, () => {
    for (const help of ['--help', '-h']) {
      it(`says with ${help} what it does and takes`, async () => {
        const { code, stdout, stderr } = await runNode([file, help]);
        assert.equal(code, 0, stderr);
        assert.match(stdout, new RegExp(`^npm (run )?${name}\\b`));
        assert.match(stdout, new RegExp(`^ +(npm (run )?${name} -- |--)`, 'm'));
      });
    }

    it('ends with 2 at an option that there is not, and says which there are', async () => {
      const { code, stdout, stderr } = await runNode([file, '--nope']);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, /'--nope'/);
      assert.match(stderr, new RegExp(`^npm (run )?${name}\\b`, 'm'));
    });
  });
}
