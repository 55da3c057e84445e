'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const found = require('./fuzz/found');
const { generate } = require('./fuzz/programs');
const { compare, described, shrink } = require('./fuzz/run');

/** Enough for a few seconds. `npm run fuzz` has no end. */
const ROUNDS = 80;

describe('a random program with leakline', () => {
  it(`behaves as without it, and is counted as an oracle counts it`, async (t) => {
    const seed = Number(process.env.LEAKLINE_TEST_SEED ?? Date.now() % 1e9);
    t.diagnostic(`seed ${seed}`);
    const failures = await compare(Array.from({ length: ROUNDS }, (_, i) => generate(seed + i)));
    const texts = [];
    for (const failure of failures.slice(0, 3)) texts.push(described(failure), `cut down: ${described(await shrink(failure))}`);
    assert.equal(failures.length, 0, `LEAKLINE_TEST_SEED=${seed}; ${failures.length} fail:\n${texts.join('\n')}`);
  });

  for (const [what, program] of Object.entries(found)) {
    it(`does so once more: ${what}`, async () => {
      assert.deepEqual((await compare([program])).map(described), []);
    });
  }

  it('is reported when it behaves differently', async () => {
    // What would be a difference: the two processes run programs that differ in one op.
    const program = { seed: 0, bodies: [[]], ops: [['start'], ['on', 0, 'a', 0], ['emit', 0, 'a', 1], ['look']] };
    const failures = await compare([program], { modes: ['full'], tampered: { ...program, ops: program.ops.toSpliced(2, 1) } });
    assert.equal(failures.length, 1);
    assert.match(failures[0].differences[0], /main, line 1: alone <f0 called e0:plain 1>/);
  });
});
