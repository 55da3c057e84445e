'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { EventEmitter } = require('node:events');
const path = require('node:path');
const { after, describe, it } = require('node:test');

const { Pool } = require('tarn');
const { watchPool } = require('../../js/api/pools');
const { areCollected } = require('../support/garbage');
const { leakline, recording, tally, turn } = require('../support/recording');
const { cleanEnvironment, root } = require('../support/run');

const made = [];
function create(options) {
  const pool = new Pool({ create: async () => ({}), destroy() {}, min: 0, max: 10, ...options });
  made.push(new WeakRef(pool));
  return pool;
}
// Their reaping would keep this process; destroy() waits for what is lost on purpose.
after(() => made.forEach((pool) => pool.deref()?._stopReaping()));

const take = (pool) => pool.acquire().promise;
const ofPools = ({ sites }) => sites.filter(({ kind }) => kind === 'pool');
const methods = ['acquire', 'release', '_executeEventHandlers'];
const own = (pool) => methods.filter((name) => Object.hasOwn(pool, name));

describe('watchPool()', () => {
  it('counts from when leakline starts, whenever it was called', async () => {
    const pool = create();
    const early = await take(pool);
    const { unwatch } = watchPool(pool);
    assert.deepEqual(own(pool), [], 'nothing is replaced while leakline is off');
    const inTime = [];
    assert.equal(await tally('pool', async () => {
      assert.deepEqual(own(pool), methods);
      inTime.push(await take(pool));
      // It was checked out before.
      pool.release(early);
    }), '1 registered, 1 live');
    assert.deepEqual(own(pool), []);
    assert.equal(await tally('pool', () => pool.release(inTime[0])), 'nothing', 'checked out in a recording that is over');
    unwatch();
  });

  it('counts until unwatch(), which accuses nobody of what is out', async () => {
    const pool = create();
    const { unwatch } = watchPool(pool);
    assert.equal(await tally('pool', async () => {
      const resource = await take(pool);
      unwatch();
      unwatch();
      pool.release(resource);
      pool.release(await take(pool));
      assert.deepEqual(own(pool), []);
    }), '1 registered, 1 collected');
  });

  it('counts a checkout when it is handed out, not while it waits', async () => {
    const pool = create({ max: 1, acquireTimeoutMillis: 20 });
    const { unwatch } = watchPool(pool);
    assert.equal(await tally('pool', async () => {
      const first = await take(pool);
      await assert.rejects(take(pool));
      pool.release(first);
    }), '1 registered, 1 released');
    unwatch();
  });

  it('labels by package, or as it is reported; the latest call counts', async () => {
    const pool = create();
    await recording(async () => {
      const first = watchPool(pool, { label: 'orders' });
      const second = watchPool(pool);
      first.unwatch();
      pool.release(await take(pool));
      assert.deepEqual(ofPools(leakline.snapshot()).map(({ label }) => label), ['tarn Pool']);
      watchPool(pool, { label: 'orders' });
      pool.release(await take(pool));
      assert.deepEqual(ofPools(leakline.snapshot()).map(({ label }) => label).toSorted(), ['orders', 'tarn Pool']);
      second.unwatch();
      assert.deepEqual(own(pool), methods);
      watchPool(pool).unwatch();
      assert.deepEqual(own(pool), []);
    });
  });

  it('leaves what someone patched over it, and takes itself out when it is put back', async () => {
    const pool = create();
    const { unwatch } = watchPool(pool);
    let calls = 0;
    let ours;
    await recording(() => {
      ours = pool.acquire;
      pool.acquire = function acquire() {
        calls++;
        return ours.call(this);
      };
    });
    pool.release(await take(pool));
    assert.equal(calls, 1);
    pool.acquire = ours;
    pool.release(await take(pool));
    assert.deepEqual([calls, own(pool)], [1, []]);
    unwatch();
  });

  it('holds neither the pool nor what it checked out', async () => {
    await recording(async () => {
      const references = await (async () => {
        const pool = create();
        watchPool(pool);
        const resource = await take(pool);
        // Its reaping is a timer of Node's, which holds it.
        pool._stopReaping();
        return [new WeakRef(pool), new WeakRef(resource)];
      })();
      assert.ok(await areCollected(...references));
      const [site] = ofPools(leakline.snapshot({ gc: true }));
      assert.deepEqual([site.live, site.released, site.collected, site.returnedLate], [0, 0, 1, undefined]);
    });
  });

  it('counts resources that are no objects', async () => {
    let last = 0;
    const pool = create({ create: async () => ++last });
    const { unwatch } = watchPool(pool);
    assert.equal(await tally('pool', async () => {
      await take(pool);
      pool.release(await take(pool));
    }), '2 registered, 1 released, 1 live');
    unwatch();
  });

  it('counts exactly in adaptive mode and without stacks in counts mode', async () => {
    const pool = create();
    const { unwatch } = watchPool(pool);
    for (const mode of ['counts', 'adaptive']) {
      await recording(async () => {
        for (let i = 0; i < 50; i++) pool.release(await take(pool));
        await take(pool).then((resource) => pool.release(resource));
        const { registered, released } = leakline.snapshot().totals.pool;
        assert.deepEqual([registered, released], [51, 51], mode);
      }, { mode });
    }
    unwatch();
  });

  it('records nothing when start() leaves pools out', async () => {
    const pool = create();
    const { unwatch } = watchPool(pool);
    await recording(() => assert.deepEqual(own(pool), []), { kinds: ['listener'] });
    unwatch();
  });

  it('shows nothing of its own', async () => {
    const pool = create();
    const { snapshot } = await recording(async () => {
      watchPool(pool, { maxHoldMs: 1 });
      pool.release(await take(pool));
      await turn();
    });
    const ours = path.join(root, 'js') + path.sep;
    for (const { label, stack } of snapshot.sites) assert.deepEqual(stack.filter(({ file }) => file.startsWith(ours)), [], label);
    assert.equal(pool.emitter.eventNames().length, 0);
  });

  const shapes = { undefined, null: null, 'a text': 'pg', 'an emitter': new EventEmitter(), 'a pool of another shape': { acquire() {}, release() {} }, 'one whose getters throw': { get acquire() { throw new Error('no'); } } };
  for (const [what, given] of Object.entries(shapes)) {
    it(`refuses ${what}`, () => recording(() => {
      assert.throws(() => watchPool(given), { code: 'ERR_LEAKLINE_POOL' });
    }));
  }

  it('refuses a pool that is frozen, and leaves it as it is', () => recording(() => {
    const pool = Object.freeze(new Pool({ create: async () => ({}), destroy() {}, min: 0, max: 1 }));
    assert.throws(() => watchPool(pool), { code: 'ERR_LEAKLINE_POOL', message: /cannot be replaced/ });
  }));

  for (const options of [null, 5, { maxHoldMs: 0 }, { maxHoldMs: 2 ** 31 }, { maxHoldMs: '5' }, { label: '' }, { label: 1 }, { overdue: 5 }]) {
    it(`refuses the options ${JSON.stringify(options)}`, () => recording(() => {
      assert.throws(() => watchPool(create(), options), { code: 'ERR_LEAKLINE_OPTION' });
    }));
  }

  it('throws nothing and loads nothing while leakline is off, and says what was wrong when it starts', () => {
    const program = `
      const { watchPool } = require('./js/api/pools');
      watchPool({}).unwatch();
      watchPool(5, 'nonsense');
      console.log(Object.keys(require.cache).some((file) => file.endsWith('.node')));
      const leakline = require('.');
      leakline.start();
      console.log(leakline.snapshot().notes.filter((note) => note.startsWith('not seen: ')).length);
      leakline.stop();`;
    const printed = execFileSync(process.execPath, ['-e', program], { cwd: root, env: cleanEnvironment(), encoding: 'utf8' });
    assert.equal(printed, 'false\n2\n');
  });
});
