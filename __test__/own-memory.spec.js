'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { buildMallocAddon, measure, wrongIn } = require('../bench/strings/own-memory');

// `npm run strings` has more of them, and larger ones.
const cases = [
  { what: 'emitters', count: 10_000, mode: 'full' },
  { what: 'sites', count: 2_000, mode: 'full' },
  { what: 'timeouts', count: 20_000, mode: 'adaptive' },
];

const addon = buildMallocAddon();

describe('overhead.bytes', { skip: addon === null && 'reads the books of glibc, by an addon that a C compiler builds', concurrency: 2 }, () => {
  for (const how of cases) {
    it(`is what the heaps have for leakline: ${how.mode}, ${how.count} ${how.what}`, async () => {
      const { idle, grown } = await measure(process.execPath, addon, how);
      assert.deepEqual([wrongIn('at the start', idle), wrongIn('what was recorded', grown)], [null, null]);
    });
  }
});
