'use strict';

// What a program puts in the place of a built-in function is not called by leakline, neither where it records nor where it reports
// and stops.

const assert = require('node:assert/strict');
const path = require('node:path');
const { describe, it } = require('node:test');

const { root, runNode } = require('../support/run');

const fixture = path.join(root, '__test__', 'fixtures', 'replaced-builtins.js');
const register = path.join(root, 'js', 'register.js');

describe('what a program may replace is not called', { concurrency: true }, () => {
  for (const mode of ['full', 'adaptive']) {
    it(`in mode ${mode}`, async () => {
      const env = { LEAKLINE: mode, LEAKLINE_REPORT: 'none' };
      const { code, stdout, stderr } = await runNode(['--require', register, fixture, 'snapshot', 'stop'], { env });
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), []);
    });
  }
});
