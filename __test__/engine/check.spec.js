'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const { afterEach, describe, it } = require('node:test');

const { leakline, leaksOf, lineOf } = require('../support/recording');
const { placesNow } = require('../support/reflection');

const originals = placesNow();
const quick = { warmup: 0, rounds: 2, iterations: 1 };
const bus = new EventEmitter().setMaxListeners(0);

afterEach(() => {
  leakline.stop();
  bus.removeAllListeners();
});

function isStopped() {
  return !leakline.isStarted() && EventEmitter.prototype.on === originals.get('EventEmitter.prototype.on').value;
}

describe('check() refuses', () => {
  const wrong = [
    [undefined], [null], ['fn'], [{}], [() => {}, null], [() => {}, 1], [() => {}, { unknown: 1 }], [() => {}, { mode: 'full' }],
    ...['warmup', 'rounds', 'iterations'].flatMap((name) => [-1, 1.5, '5', NaN, Infinity, 1e7].map((value) => [() => {}, { [name]: value }])),
    [() => {}, { rounds: 1 }], [() => {}, { iterations: 0 }], [() => {}, { kinds: 'map' }], [() => {}, { kinds: [] }], [() => {}, { ignore: 'x' }],
  ];
  for (const args of wrong) {
    it(args.map((each) => (typeof each === 'object' ? JSON.stringify(each) : String(each))).join(', '), async () => {
      await assert.rejects(leakline.check(...args), { code: 'ERR_LEAKLINE_OPTION' });
      assert.ok(isStopped());
    });
  }
});

describe('check()', () => {
  it('calls as often as it says, one call after the other', async () => {
    let [calls, running] = [0, 0];
    const result = await leakline.check(async () => {
      assert.equal(running++, 0);
      calls++;
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    }, { warmup: 3, rounds: 4, iterations: 5 });
    assert.equal(calls, 3 + 4 * 5);
    assert.deepEqual([result.iterations, result.rounds, result.leaked, result.leaks], [20, 4, false, []]);
  });

  it('has defaults', async () => {
    let calls = 0;
    const { iterations, rounds } = await leakline.check(() => void calls++);
    assert.deepEqual([calls, iterations, rounds], [55, 50, 5]);
  });

  it('passes nothing and minds no result', async () => {
    const seen = [];
    await leakline.check((...args) => seen.push(args.length), quick);
    assert.deepEqual(seen, [0, 0]);
    await leakline.check(() => ({ then: (resolve) => resolve() }), quick);
  });

  for (const [what, fn] of Object.entries({
    'throws': () => { throw new RangeError('mine'); },
    'rejects': () => Promise.reject(new RangeError('mine')),
  })) {
    it(`is rejected with what fn ${what}, and stops`, async () => {
      await assert.rejects(leakline.check(fn), (error) => error instanceof RangeError && error.message === 'mine');
      assert.ok(isStopped());
    });
  }

  it('goes on recording where it was started, in the mode that it had', async () => {
    leakline.start({ mode: 'counts' });
    const { leaks } = await leakline.check(() => void bus.on('x', () => {}), quick);
    assert.equal(leaks.length, 1, 'check takes stacks where the mode takes none');
    assert.equal(leakline.isStarted(), true);
    assert.equal(leakline.snapshot().mode, 'counts');
  });

  it('records fully for as long as it takes in adaptive mode', async () => {
    leakline.start({ mode: 'adaptive' });
    const found = await leaksOf(() => void bus.on('x', () => {}), quick); // here: adaptive
    assert.deepEqual(found.map(({ line, perIteration }) => [line, perIteration]), [[lineOf(__filename, 'adaptive'), 1]]);
    assert.equal(leakline.snapshot().mode, 'adaptive');
  });

  it('reports only the kinds that it is asked for', async () => {
    const kept = [];
    const fn = () => {
      bus.on('x', () => {});
      kept.push(new Map());
    };
    const found = await leaksOf(fn, { ...quick, kinds: ['map'] });
    assert.deepEqual(found.map(({ kind }) => kind), ['map']);
  });

  for (const [what, ignore, count] of [
    ['a file', [__filename], 0], ['a part of its name', ['check.spec'], 0], ['a pattern', [/check\.spec/g], 0],
    ['a function', ['subscribe'], 0], ['something else', ['nothing-like-it', /^nothing$/], 1],
  ]) {
    it(`leaves out what is ignored by ${what}`, async () => {
      const subscribe = () => void bus.on('x', () => {});
      const result = await leakline.check(subscribe, { ...quick, ignore });
      assert.equal(result.leaks.length, count, result.message);
      assert.equal(result.leaked, count > 0);
    });
  }

  it('calls nothing a leak that was only once, or in some rounds', async () => {
    let calls = 0;
    const result = await leakline.check(() => {
      if (calls === 0 || calls === 7) bus.on('x', () => {});
      calls++;
    }, { warmup: 0, rounds: 3, iterations: 5 });
    assert.deepEqual(result.leaks, [], result.message);
  });

  it('waits for what is released a moment late', async () => {
    const result = await leakline.check(() => {
      const f = () => {};
      bus.on('x', f);
      setTimeout(() => bus.off('x', f), 60);
    }, { rounds: 3, iterations: 2 });
    assert.deepEqual(result.leaks, [], result.message);
  });

  it('puts every way to one line together', async () => {
    const subscribe = () => void bus.on('x', () => {}); // here: one line
    const [a, b] = [() => subscribe(), () => subscribe()];
    let calls = 0;
    const found = await leaksOf(() => (calls++ % 2 ? a() : b()), { warmup: 2, rounds: 2, iterations: 4 });
    assert.deepEqual(found.map(({ line, perIteration }) => [line, perIteration]), [[lineOf(__filename, 'one line'), 1]]);
  });

  it('says in its message where to look', async () => {
    const { message, leaks } = await leakline.check(() => void bus.on('x', () => {}), quick);
    assert.match(message, new RegExp(`check\\.spec\\.js:${leaks[0].origin.line}:`));
    assert.match(message, /listener 'x' on EventEmitter/);
  });
});
