'use strict';

// A heap that grows by what no hook sees is not reported as "nothing found".

const assert = require('node:assert/strict');
const path = require('node:path');
const { describe, it } = require('node:test');

const { root, runNode } = require('../support/run');

describe('the trend of the heap', () => {
  it('is suspect where promises pile up, and the report says what to do', async () => {
    const { code, stdout, stderr } = await runNode([path.join(root, '__test__', 'fixtures', 'service', 'keeps-promises.js')]);
    assert.equal(code, 0, stderr);
    const { heap, text } = JSON.parse(stdout);
    assert.ok(heap.usedAfterGc > heap.firstUsed && heap.growthPerHour > 0, JSON.stringify(heap));
    assert.ok(heap.limit > heap.usedAfterGc, 'the limit is that of the old generation');
    assert.doesNotMatch(text, /nothing found/);
    assert.match(text, /no leak among listeners, timers, collections and handles, but the memory grows/);
    assert.match(text, /heap after GC [\d.]+ MiB → [\d.]+ MiB, \+/);
    assert.match(text.replace(/\s+/g, ' '), /run leakline heap FIRST SECOND/);
  });
});
