'use strict';

// Weak handles of both sorts: V8's own, where it has them, and Node-API's references. The programs compare with a model.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const native = require('../../js/base/native').load();
const { inChild } = require('../support/child');

const isLong = Boolean(process.env.LEAKLINE_LONG);
const major = Number(process.versions.v8.split('.', 1)[0]);
/** Garbage collections of many kinds: V8 moves, marks in steps, and collects the young by another algorithm. */
const collections = [
  [],
  ['--stress-scavenge=40', '--semi-space-growth-factor=1'],
  ['--stress-incremental-marking', '--stress-marking=30'],
  ['--stress-compaction', '--gc-interval=400'],
  [major < 12 ? '--minor-mc' : '--minor-ms'],
  ['--single-threaded-gc', '--gc-interval=300'],
];

// Windows has no symbols to find, and a version not tested gets references.
const sorts = [native.weakHandles(), 'references'].filter((sort, i, all) => all.indexOf(sort) === i);

for (const sort of sorts) {
  const env = sort === 'references' ? { LEAKLINE_REFERENCES: '1' } : {};

  describe(`weak handles that are ${sort}`, () => {
    for (const [i, execArgv] of (sort === 'references' ? [[]] : collections).entries()) {
      it(`report each death once and no other, and give back the same object (${execArgv.join(' ') || 'no flags'})`, async () => {
        const steps = isLong ? 300_000 : 4_000;
        const { value } = await inChild('weak-handles/any-order.js', { env: { ...env, STEPS: steps, SEED: i + 1 }, execArgv });
        const { handles, left, held, dead, met, released } = value;
        assert.equal(handles, sort);
        assert.equal(left, 0);
        assert.equal(dead + released, held);
        assert.ok(met > steps && released > 0, JSON.stringify(value));
      });
    }

    it('can be a million', async () => {
      const { value } = await inChild('weak-handles/many.js', { env });
      assert.deepEqual(value, { inOrder: 1_000_000, whileKept: 0, met: 1_000_000, half: 500_000, rest: 1_000_000 });
    });

    for (const exits of ['', '1']) {
      it(`go with their workers, however these end${exits && ', and with the process'}`, async () => {
        const { value } = await inChild('weak-handles/workers.js', { env: { ...env, EXITS: exits } });
        assert.deepEqual(value, { ended: 24 });
      });
    }
  });
}

describe('a weak handle', () => {
  it('is refused for what is no object', () => {
    for (const value of [1, -1, 2 ** 30]) assert.throws(() => native.holdOwner(value), Error, String(value));
  });

  it('of a table that there is not is refused', () => {
    assert.throws(() => native.release(3, 0), /there is no table 3/);
  });
});
