'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { inChild } = require('../support/child');

describe('a thousand starts and stops', () => {
  it('leave no handle, no listener, no memory and no patch', async () => {
    const { value } = await inChild('starts-and-stops.js');
    assert.deepEqual(value.resourcesAfter, value.resourcesBefore);
    assert.deepEqual(value.listenersAfter, value.listenersBefore);
    assert.deepEqual(value.patched, []);
    assert.ok(value.heapGrowth < 3e6, `the heap grew by ${value.heapGrowth} bytes`);
    assert.ok(value.rssGrowth < 60e6, `the process grew by ${value.rssGrowth} bytes`);
    assert.ok(value.nativeBytesAfter < value.nativeBytesBefore * 1.2 + 1e5, `${value.nativeBytesBefore} bytes, then ${value.nativeBytesAfter}`);
    assert.ok(value.threadsAfter <= value.threadsBefore, 'no thread stays behind');
  });
});

describe('starting alone', () => {
  for (const mode of ['counts', 'adaptive', 'full']) {
    it(`in ${mode} mode keeps no process alive`, async () => {
      // One that stays is killed after a while, which is a failure.
      const { value } = await inChild('starts-only.js', { args: [mode] });
      assert.equal(value, 'started');
    });
  }

  it('keeps none alive that was preloaded', async () => {
    assert.equal((await inChild('starts-only.js', { register: 'require' })).value, 'started');
    assert.equal((await inChild('starts-only.js', { register: 'import' })).value, 'started');
  });
});
