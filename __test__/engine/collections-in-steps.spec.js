'use strict';

// What V8 collects beside the program when leakline asks for it: whatever was garbage at that time has gone when it is made.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { inChild } = require('../support/child');

describe('a collection in steps', () => {
  it('has taken what was garbage when it was asked for, even if V8 was marking already', async () => {
    const { value } = await inChild('collections-in-steps.js');
    assert.deepEqual(value, [0, 2, 10, 40].map((ms) => ({ ms, wasThere: true, isGone: true })));
  });
});
