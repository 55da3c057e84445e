'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { inChild } = require('../support/child');

describe('--frozen-intrinsics', () => {
  it('with a preload: Map and Set are seen, because the preload comes first; nothing throws', async () => {
    const { value } = await inChild('frozen-intrinsics.js', { execArgv: ['--frozen-intrinsics'], register: 'require' });
    assert.deepEqual(value.works, ['map', 'set', 'listener', 'timeout']);
    assert.deepEqual(value.live, { listener: 1, map: 1, set: 1, timeout: 1 });
    assert.equal(value.stopped, true);
  });

  it('with start() after the freeze: Map and Set are not, and a note says so', async () => {
    const { value } = await inChild('frozen-intrinsics.js', { execArgv: ['--frozen-intrinsics'] });
    assert.deepEqual(value.works, ['map', 'set', 'listener', 'timeout']);
    assert.deepEqual(value.live, { listener: 1, timeout: 1 });
    assert.match(value.notes.join('\n'), /^not seen: Map.*frozen/m);
    assert.match(value.notes.join('\n'), /^not seen: Set.*frozen/m);
    assert.equal(value.stopped, true);
  });
});
