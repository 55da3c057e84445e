'use strict';

// Each stack that is known by its key is captured too: what a key says must be what a capture shows, whatever V8 does
// with the code meanwhile.

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');

const leakline = require('../..');
const native = require('../../js/base/native').load();
const { createKeys } = require('../../js/recording/stack-keys');
const { createSites } = require('../../js/recording/stack');
const { gc } = require('../support/garbage');
const { inChild } = require('../support/child');

const isLong = Boolean(process.env.LEAKLINE_LONG);
const CAPTURES = isLong ? 10_000_000 : 60_000;
const KIND = 0;
const show = String;

let sites;

/** What is registered: the program calls it, as it calls `on`. */
function hook() {
  return sites.find(KIND, hook, String, 'Subject', null, show);
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

async function awaitedTwice(fn) {
  await null;
  fn();
  await null;
  for (let i = 0; i < 2; i++) deep(i, fn);
}

const oneCaller = async (fn) => { await awaited(fn); };
const anotherCaller = async (fn) => { await awaited(fn); };
const turn = () => new Promise((resolve) => setImmediate(resolve));
const rejected = async () => { await null; throw new Error('expected'); };

async function* produce(fn) {
  await null;
  yield fn();
  await null;
  fn();
  yield 2;
}

class Thenable {
  constructor(fn) { this.fn = fn; }
  then(resolve) { this.fn(); resolve(1); }
}

/** Ways to be awaited; each of them again by two callers. */
const awaits = [
  async (fn) => { await awaited(fn); },
  async (fn) => awaited(fn),
  async (fn) => { await oneCaller(fn); await anotherCaller(fn); },
  async (fn) => { await awaitedTwice(fn); fn(); },
  async (fn) => { try { await rejected(); } catch { fn(); } finally { await null; fn(); } },
  async (fn) => { await Promise.all([awaited(fn), oneCaller(fn), null, awaited(fn)]); fn(); },
  async (fn) => { await Promise.allSettled([rejected(), awaited(fn), awaitedTwice(fn)]); fn(); },
  async (fn) => { await Promise.any([rejected(), awaited(fn), awaitedTwice(fn)]); fn(); },
  async (fn) => { await Promise.race([awaited(fn), awaitedTwice(fn)]); fn(); },
  async (fn) => { for await (const one of produce(fn)) fn(one); },
  async (fn) => { for await (const one of [awaited(fn), awaited(fn)]) fn(one); },
  async (fn) => { await (async () => { await awaited(fn); })(); },
  (fn) => awaited(fn).then(fn).then(() => fn()),
  (fn) => rejected().catch(fn).finally(fn),
  (fn) => Promise.resolve().then(() => awaited(fn)),
  (fn) => new Promise((resolve) => queueMicrotask(() => resolve(fn()))),
  (fn) => new Promise((resolve) => process.nextTick(() => resolve(awaited(fn)))),
  async (fn) => { await new Thenable(fn); fn(); },
  async (fn) => { await turn(); fn(); await awaited(fn); },
  async (fn) => { const one = awaitedTwice(fn); await null; one.then(fn); await one; },
  async (fn) => { const one = awaited(fn); await Promise.all([one, one.then(fn), (async () => { await one; })()]); },
  async (fn) => { await deepAwaits(25, fn); },
  async (fn) => { await deepAwaits(3, fn); },
  async (fn) => { class Own extends Promise {} await Own.resolve(awaited(fn)).then(fn); },
  async (fn) => { await Reflect.apply(awaited, null, [fn]); await awaited.bind(null)(fn); },
  async (fn) => { for (const way of ways) { await null; way(fn); } },
];

async function deepAwaits(depth, fn) {
  if (depth === 0) return awaited(fn);
  const value = await deepAwaits(depth - 1, fn);
  fn();
  return value;
}

/** An async function that is made, awaited some times and is garbage. */
function shortLivedAwait(n) {
  return new Function('awaited', 'fn', `return (async () => { ${'void 0;'.repeat(n % 5)} await awaited(fn); ${'void 1;'.repeat(n % 3)} await awaited(fn); })();`);
}

async function runAwaits(round) {
  for (const way of awaits) {
    await (async () => { await way(hook); })();
    const another = way(hook);
    await another;
  }
  // All at once: their microtasks take turns.
  await Promise.all(awaits.map((way) => way(hook)));
  const made = shortLivedAwait(round);
  for (let i = 0; i < 3; i++) await made(awaited, hook);
}

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
    for (let i = 0; i < 8; i++) await runAwaits(round + i);
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

  for (const [how, addon, captures] of [
    ['read by the addon', native, CAPTURES],
    ['read by V8', { ...native, beginWalk: () => false }, 20_000],
  ]) {
    it(`lead to the stack that a capture shows, ${how}`, async () => {
      const keys = createKeys(addon, 16, 1);
      assert.ok(keys, 'keys can be relied on here');
      sites = createSites({ native, depth: 16, ignored: () => false, keys, onStack: () => {} });
      const { found, captures: captured, mismatches } = await run(captures);
      assert.equal(mismatches, 0);
      const known = found - captured;
      assert.ok(known > found / 3, `${known} of ${found} were known by their key`);
    });
  }

  const isKnownPlatform = process.platform === 'linux' && process.arch === 'x64';
  it('are read in the fast way, and those who await too, with these versions of Node', { skip: !isKnownPlatform }, () => {
    const said = [];
    const reported = (name) => (...args) => [said.push(native[name](...args)), said.at(-1)][1];
    for (let i = 0; i < 30; i++) createKeys({ ...native, beginWalk: reported('beginWalk'), learnAwaits: reported('learnAwaits') }, 16);
    assert.deepEqual(new Set(said), new Set([true, 1]), 'also when it is learnt again, by functions that are optimised');
  });

  for (const [how, addon, isKnown] of [
    ['by their key', native, true],
    ['by a capture where the heap is not as it should be', { ...native, beginKeys: native.beginKeys, learnAwaits: () => 0 }, false],
  ]) {
    it(`distinguish those who await ${how}`, async () => {
      const keys = createKeys(addon, 16, 1);
      sites = createSites({ native, depth: 16, ignored: () => false, keys, onStack: () => {} });
      const found = new Map();
      for (let i = 0; i < 20; i++) {
        for (const caller of [oneCaller, anotherCaller]) {
          await caller(() => found.set(hook(), caller.name));
        }
      }
      assert.deepEqual([...found.values()], ['oneCaller', 'anotherCaller'], 'a site for each caller');
      const costs = sites.takeCosts();
      // Each that was known was captured too, to compare.
      const known = costs.found - costs.captures;
      assert.deepEqual([costs.captures, costs.mismatches], [40, 0]);
      assert.ok(isKnown ? known > 20 : known === 0, `${known} of 40 were known by their key`);
    });
  }

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
    walk: /test at the start has failed/,
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
