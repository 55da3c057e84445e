'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { run, wrongIn, MIB } = require('../../bench/strings');

const SECONDS = process.env.LEAKLINE_LONG ? 600 : 0;

describe('names, labels, delays and paths of up to 1 MB', () => {
  it('leave leakline within its bounds, and it says what it holds', async () => {
    const looks = await run(process.execPath, SECONDS);
    assert.equal(looks.length, 5);
    assert.ok(looks.at(-1).made > 3_000, JSON.stringify(looks));
    assert.deepEqual(wrongIn(looks), [], JSON.stringify(looks));
  });

  it('what is wrong is seen', () => {
    const look = { heap: 5 * MIB, bytes: 2 * MIB, dropped: 0, made: 1 };
    const [kept] = wrongIn([look, { ...look, heap: 10 * MIB }]);
    assert.match(kept, /^the heap grew by 5\.00 MiB, and leakline says 0\.00 MiB/);
    assert.match(wrongIn([look, { ...look, bytes: 100 * MIB, heap: 103 * MIB }])[0], /^100\.00 MiB of its own after 1 strings, above its bound of 64\.00 MiB/);
    assert.deepEqual(wrongIn([look, { ...look, heap: 25 * MIB, bytes: 18 * MIB }]).length, 1);
  });
});
