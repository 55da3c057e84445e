'use strict';

// Each stack that is known by its key is captured too: what a key says must be what a capture shows, whatever V8 does
// with the code meanwhile.

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');

const leakline = require('../..');
const native = require('../../js/native').load();
const { createKeys } = require('../../js/stack-keys');
const { createSites } = require('../../js/stack');
const { gc } = require('../support/garbage');
const { inChild } = require('../support/child');

const isLong = Boolean(process.env.LEAKLINE_LONG);
const CAPTURES = isLong ? 10_000_000 : 60_000;
const KIND = 0;
const show = String;

let sites;

/** What is registered: the program calls it, as it calls `on`. */
function hook() {
  return sites.find(KIND, hook, () => 'Subject', null, show);
}

/** Runs something outside of any microtask, which the body of a test is. */
const inTurn = (fn) => new Promise((resolve, reject) => setImmediate(() => {
  try {
    resolve(fn());
  } catch (error) {
    reject(error);
  }
}));

/** Ways to call: builtins between, constructors, accessors, generators, functions that are inlined. */
const ways = [
  (fn) => fn(),
  (fn) => [1].forEach(() => fn()),
  (fn) => [2, 1].sort((a, b) => (fn(), a - b)),
  (fn) => [1, 2].map(fn).reduce((a, b) => (fn(), a + b)),
  (fn) => new (class { constructor() { fn(); } })(),
  (fn) => new (class { field = fn(); })(),
  (fn) => ({ get x() { return fn(); } }).x,
  (fn) => [...(function* () { yield fn(); })()],
  (fn) => Reflect.apply(fn, null, []),
  (fn) => fn.bind(null)(),
  (fn) => new Proxy(fn, {})(),
  (fn) => new Proxy({}, { get: () => fn() }).x,
  (fn) => 'a'.replace(/a/, () => fn()),
  (fn) => JSON.stringify({ toJSON: () => fn() }),
  (fn) => { try { fn(); throw new Error('x'); } catch { fn(); } finally { fn(); } },
  (fn) => deep(40, fn),
  (fn) => deep(3, fn),
  (fn) => eval(`(${fn.name || 'fn'}, fn())`),
];

function deep(depth, fn) {
  return depth === 0 ? fn() : deep(depth - 1, fn);
}

/** A function that is made, runs some times and is garbage: its addresses are given out anew. */
function shortLived(n) {
  return new Function('fn', `${'void 0;'.repeat(n % 7)} return fn();`);
}

/** A type that makes optimised code deoptimise now and then. */
function unsteady(fn, value) {
  return value.x === undefined ? fn() : fn(value);
}

async function awaited(fn) {
  await null;
  return fn();
}

const oneCaller = async (fn) => { await awaited(fn); };
const anotherCaller = async (fn) => { await awaited(fn); };

async function run(captures) {
  const spent = { found: 0, captures: 0, mismatches: 0 };
  const take = () => {
    const { found, captures, mismatches } = sites.takeCosts();
    spent.found += found;
    spent.captures += captures;
    spent.mismatches += mismatches;
  };
  for (let round = 0; spent.found < captures; round++) {
    await inTurn(() => {
      for (let i = 0; i < 40; i++) {
        for (const way of ways) way(hook);
        unsteady(hook, i % 17 === 0 ? { y: 1, x: 1 } : i % 5 === 0 ? { x: i } : {});
        const made = shortLived(round + i);
        for (let n = 0; n < 5; n++) made(hook);
      }
    });
    await Promise.all([oneCaller(hook), anotherCaller(hook), awaited(hook)]);
    await Promise.resolve().then(hook);
    if (round % 10 === 9) gc();
    take();
  }
  return spent;
}

describe('stack keys', () => {
  before(() => leakline.start({ mode: 'counts' }));
  after(() => {
    native.endKeys();
    leakline.stop();
  });

  it('lead to the stack that a capture shows', async () => {
    const keys = createKeys(native, 16, 1);
    assert.ok(keys, 'keys can be relied on here');
    sites = createSites({ native, depth: 16, ignored: () => false, keys });
    const { found, captures, mismatches } = await run(CAPTURES);
    assert.equal(mismatches, 0);
    const known = found - captures;
    assert.ok(known > found / 3, `${known} of ${found} were known by their key`);
  });

  it('tell those who await apart: their stacks are captured', async () => {
    const keys = createKeys(native, 16, 1);
    sites = createSites({ native, depth: 16, ignored: () => false, keys });
    const found = new Map();
    for (let i = 0; i < 20; i++) {
      for (const caller of [oneCaller, anotherCaller]) {
        await caller(() => found.set(hook(), caller.name));
      }
    }
    assert.deepEqual([...found.values()], ['oneCaller', 'anotherCaller'], 'a site for each caller');
    assert.equal(sites.takeCosts().found, 40);
  });

  it('are given up at the first mismatch, and a note says so', async () => {
    const keys = createKeys(native, 16, 1);
    keys.verified(false);
    assert.equal(keys.find(KIND), 0);
    assert.equal(keys.take().mismatches, 1);
    const { notes } = leakline.snapshot();
    assert.ok(notes.some((note) => note.includes('wrong creation stack')), notes.join('\n'));
  });

  it('are forgotten with the code that is collected', () => {
    native.beginKeys(56);
    const ask = () => native.siteOfKey(KIND);
    const at = () => [ask(), native.learnKey(7)][0];
    return inTurn(() => {
      const seen = [];
      for (let i = 0; i < 6; i++) {
        if (i === 3) gc();
        seen.push(at());
      }
      assert.deepEqual(seen, [0, 7, 7, 0, 7, 7]);
    });
  });
});

describe('without stack keys everything is captured', () => {
  const reasons = {
    symbols: /V8 does not offer/,
    test: /test at the start has failed/,
    version: /not tested with V8 99\.1/,
    option: null,
  };
  for (const [name, note] of Object.entries(reasons)) {
    it(`for the ${name}`, async () => {
      const { value: { live, notes, stacks } } = await inChild('without-stack-keys.js', { args: [name] });
      assert.equal(live, 5);
      assert.ok(stacks >= 5);
      assert.deepEqual(notes.map((text) => note?.test(text)), note === null ? [] : [true], notes.join('\n'));
    });
  }
});
