'use strict';

// Pools of known packages are watched from when the package is loaded, however that is, and not changed otherwise.

const assert = require('node:assert/strict');
const path = require('node:path');
const { afterEach, describe, it } = require('node:test');

const { root, runNode } = require('../support/run');
const { leakline, tally } = require('../support/recording');
const { watchPool } = require('../../js/api/pools');
const { Pool } = require('tarn');

const register = path.join(root, 'js', 'register.js');
const make = (MakerOfPools = Pool) => new MakerOfPools({ create: async () => ({}), destroy: () => {}, min: 0, max: 9 });
const use = async (pool) => pool.release(await pool.acquire().promise);

afterEach(() => leakline.stop());

/** What a program that loses three checkouts sees: their count, whether anything shows on the pool. */
const program = (load) => `
  const leakline = require('${root}');
  (async () => {
    const { Pool } = ${load};
    const pool = new Pool({ create: async () => ({}), destroy: () => {}, min: 0, max: 9 });
    // Within a second a package that ES modules import is known.
    const count = () => leakline.snapshot().totals.pool?.registered ?? 0;
    for (let i = 0; i < 200 && count() === 0; i++) {
      pool.release(await pool.acquire().promise);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    console.log(JSON.stringify([count() > 0, Object.keys(pool).includes('acquire')]));
    process.exit();
  })();`;

describe('a pool of a known package', () => {
  for (const [how, load] of [['required', "require('tarn')"], ['imported', "(await import('tarn'))"]]) {
    it(`that is ${how} after recording began is watched`, async () => {
      const { stdout, stderr } = await runNode(['--require', register, '-e', program(load)], { env: { LEAKLINE: 'full' } });
      assert.equal(stdout, '[true,false]\n', stderr);
    });
  }

  it('is watched once, with its first checkout', async () => {
    const pool = make();
    assert.equal(await tally('pool', async () => {
      await use(pool);
      await use(pool);
    }), '2 registered, 2 released');
    await pool.destroy();
  });

  it('is called once by what a class of the program overrides', async () => {
    const calls = [];
    class Own extends Pool {
      acquire(...args) {
        calls.push(args);
        return super.acquire(...args);
      }
    }
    const pool = make(Own);
    // The first call is on its way when the pool is seen.
    assert.equal(await tally('pool', async () => {
      await use(pool);
      await use(pool);
    }), '1 registered, 1 released');
    assert.equal(calls.length, 2);
    await pool.destroy();
  });

  it('has the threshold of watchPool(), whichever was first', async () => {
    for (const isFirst of [true, false]) {
      const pool = make();
      leakline.start({ mode: 'full' });
      if (!isFirst) await use(pool);
      const { unwatch } = watchPool(pool, { maxHoldMs: 1, label: 'own label' });
      const held = await pool.acquire().promise;
      const find = () => leakline.snapshot().sites.find(({ label }) => label === 'own label');
      for (let i = 0; i < 200 && find().overdue === 0; i++) await new Promise((resolve) => setTimeout(resolve, 25));
      pool.release(held);
      assert.deepEqual([find().registered, find().returnedLate], [1, 1]);
      unwatch();
      leakline.stop();
      await pool.destroy();
    }
  });

  it('is as it was when recording ends, and never hooked with pools: false', async () => {
    const { acquire } = Pool.prototype;
    leakline.start({ mode: 'full' });
    const pool = make();
    await use(pool);
    assert.notEqual(Pool.prototype.acquire, acquire);
    leakline.stop();
    assert.equal(Pool.prototype.acquire, acquire);
    assert.equal(pool.acquire, acquire);
    leakline.start({ mode: 'full', pools: false });
    await use(pool);
    assert.equal(Pool.prototype.acquire, acquire);
    await pool.destroy();
  });
});
