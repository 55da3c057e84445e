'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { inChild } = require('../support/child');

describe('a Map that grows in a worker', () => {
  it("is found by the main thread's check, with its thread, and is released when the worker ends", async () => {
    const { value } = await inChild('worker-maps.js', { register: 'require' });
    const { leak, site, fixture, line, afterEnd } = value;
    assert.deepEqual([leak.kind, leak.growth, leak.perIteration], ['map', 'entries', 2]);
    assert.deepEqual([leak.origin.file, leak.origin.line], [fixture, line]);
    assert.ok(site.thread > 0);
    assert.equal(site.live, 1);
    assert.deepEqual(afterEnd, { live: 0, threads: 1, sites: 0 });
  });
});
