'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { inChild } = require('../support/child');

// One of the listeners is that of a timer of timers/promises on its signal.
const counts = [
  'immediate 1 0', 'interval 1 0', 'interval 1 1', 'listener 1 0', 'listener 1 0', 'listener 1 1', 'listener 1 1',
  'timeout 1 0', 'timeout 1 0', 'timeout 1 1', 'timeout 1 1',
];

describe('named imports of ES modules', () => {
  for (const register of ['import', 'require']) {
    it(`are recorded with --${register}, and put back by stop()`, async () => {
      const { value } = await inChild('esm-imports.mjs', { register });
      assert.deepEqual(value.counts, counts);
      assert.equal(value.areBack, true);
    });
  }

  it('are recorded though they were imported before the start', async () => {
    const { value } = await inChild('esm-imports.mjs');
    assert.deepEqual(value.counts, counts);
    assert.equal(value.areBack, true);
  });
});
