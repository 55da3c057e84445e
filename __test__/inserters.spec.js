'use strict';

const assert = require('node:assert/strict');
const { afterEach, describe, it } = require('node:test');

const { notesTo } = require('../js/base/internal-errors');
const { insertersAlone, kinds } = require('./support/inserters');
const { areCollected } = require('./support/garbage');

const BOUND = 256;

describe('of a watched collection', () => {
  // What is done to one that is watched, and what is reported it.
  const cases = {
    'new keys count': [new Map(), (map) => map.set(1, 1).set(2, 2), '2 by 1'],
    'a key that is set again does not': [new Map([[1, 1]]), (map) => map.set(1, 2).set(1, 3), ''],
    'a value that is added again does not': [new Set([1]), (set) => set.add(1).add(2), '1 by 1'],
    'each element that is pushed counts': [[1], (array) => { array.push(2, 3, 4); array.unshift(0); }, '4 by 1'],
    'a splice counts by what it adds in all': [[1, 2], (array) => { array.splice(0, 1, 'a', 'b', 'c'); array.splice(0, 4); }, '2 by 1, 4 left'],
    'what is set past the wrapper came from somewhere': [new Map(), (map) => { Map.prototype.set.call(map, 1, 1); map.set(2, 2); }, '1 by 1, 1 by 0'],
    'what is deleted before the next comes left': [new Map([[1, 1], [2, 2]]), (map) => { map.delete(1); map.set(3, 3); }, '1 by 1, 1 left'],
    'all that is cleared left': [new Set([1, 2]), (set) => { set.clear(); set.add(3); }, '1 by 1, 2 left'],
    'a bounded one at its limit has as many come as leave': [new Map([[0, 0]]), (map) => {
      for (let i = 1; i <= 50; i++) map.set(i, i) && map.delete(i - 1);
    }, '50 by 1, 49 left'],
    'getOrInsert counts where there is one': [new Map(), (map) => (map.getOrInsert ? map.getOrInsert(1, 1) : map.set(1, 1)), '1 by 1'],
    'getOrInsertComputed counts where there is one, and what its function sets': [new Map(), (map) => {
      if (map.getOrInsertComputed) map.getOrInsertComputed(1, () => { map.set(2, 2); return 1; });
      else map.set(1, 1).set(2, 2);
    }, '2 by 1'],
  };
  for (const [what, [instance, act, expected]] of Object.entries(cases)) {
    it(what, () => {
      const { inserters, reported } = insertersAlone();
      const kind = Array.isArray(instance) ? kinds.array : instance instanceof Map ? kinds.map : kinds.set;
      assert.ok(inserters.watch(instance, kind, 1));
      act(instance);
      assert.equal(reported(), expected);
      assert.equal(reported(), '', 'it is reported once');
      inserters.undo();
    });
  }

  it('what left since the last insertion is reported when it is looked at', () => {
    const { inserters, reported } = insertersAlone();
    const map = new Map([[1, 1], [2, 2]]);
    inserters.watch(map, kinds.map, 1);
    map.clear();
    assert.equal(reported(), '');
    assert.ok(inserters.watch(map, kinds.map, 1), 'it is watched');
    assert.equal(reported(), '2 left');
    inserters.undo();
  });

  it('each site counts by itself', () => {
    let site = 1;
    const { inserters, reported } = insertersAlone({ site: () => site });
    const set = new Set();
    inserters.watch(set, kinds.set, 1);
    for (const next of [1, 1, 2, 1]) {
      site = next;
      set.add({});
    }
    assert.equal(reported(), '2 by 1, 1 by 2, 1 by 1');
    inserters.undo();
  });
});

describe('stacks of insertions', () => {
  const stacksOf = (insertions, mode, admit) => {
    let stacks = 0;
    const { inserters, reported } = insertersAlone({ mode: () => mode, insertionSampler: { admit }, site: () => ++stacks && 1 });
    const set = new Set();
    inserters.watch(set, kinds.set, 1);
    for (let i = 0; i < insertions; i++) set.add(i);
    const text = reported();
    inserters.undo();
    return [stacks, text];
  };

  it('are taken of the first few in full mode, of one in adaptive mode, whatever is spent elsewhere', () => {
    assert.deepEqual(stacksOf(100, 'full', () => -1), [16, '16 by 1']);
    assert.deepEqual(stacksOf(100, 'adaptive', () => -1), [1, '1 by 1']);
  });

  it('stand for as many as their weight says', () => {
    assert.deepEqual(stacksOf(20, 'full', () => 3), [20, `${16 + 4 * 8} by 1`]);
  });

  it('that cannot be taken cost the program nothing', () => {
    const { inserters, reported } = insertersAlone({ site: () => { throw new Error('no stack'); } });
    const map = new Map();
    inserters.watch(map, kinds.map, 1);
    assert.equal(map.set(1, 1).size, 1);
    assert.equal(reported(), '');
    inserters.undo();
  });
});

describe('the bound', () => {
  const { inserters, reported } = insertersAlone();
  const notes = [];
  afterEach(() => {
    inserters.undo();
    notesTo(null);
    notes.length = 0;
  });
  const fill = (size, count) => Array.from({ length: count }, () => {
    const map = new Map(Array.from({ length: size }, (_, i) => [i, i]));
    assert.ok(inserters.watch(map, kinds.map, 1));
    return map;
  });
  const isWatched = (map) => Object.hasOwn(map, 'set');
  const sized = (size) => new Map(Array.from({ length: size }, (_, i) => [i, i]));

  it('keeps further ones out, says so, and gives the place of the smallest to a much larger one', () => {
    notesTo((note) => notes.push(note));
    const [small] = fill(10, 1);
    fill(11, BOUND - 1);
    const [alike, large] = [sized(15), sized(30)];
    assert.equal(inserters.watch(alike, kinds.map, 1), false);
    assert.deepEqual([isWatched(alike), isWatched(small)], [false, true]);
    assert.match(notes.join(), /more than 256 collections grow at once/);
    assert.equal(inserters.watch(large, kinds.map, 1), true);
    assert.deepEqual([isWatched(large), isWatched(small)], [true, false]);
  });

  it('does not count the dead', async () => {
    const refs = fill(10, BOUND).map((map) => new WeakRef(map));
    assert.ok(await areCollected(...refs), 'none is held');
    assert.equal(inserters.watch(sized(1), kinds.map, 1), true);
  });

  it('is not reached by one that is watched again and again', () => {
    const map = sized(1);
    for (let i = 0; i < 3 * BOUND; i++) {
      inserters.watch(map, kinds.map, 1);
      inserters.watch(map, kinds.map, 1);
      inserters.unwatch(map);
    }
    const others = fill(1, BOUND);
    assert.ok(others.every(isWatched));
    assert.equal(reported(), '');
  });
});

it('neither an instance, its class, nor what it holds is held', async () => {
  const { inserters } = insertersAlone();
  const kept = [];
  const refs = (() => {
    class Cache extends Map {
      static all = [];
    }
    const made = [new Cache(), new Set(), []];
    Cache.all.push(...made);
    const value = {};
    inserters.watch(made[0], kinds.map, 1);
    inserters.watch(made[1], kinds.set, 2);
    inserters.watch(made[2], kinds.array, 3);
    made[0].set(value, value);
    made[1].add(value);
    made[2].push(value);
    kept.push(made[1].add, made[2].push); // a program that keeps its method keeps no instance by it
    return [...made, Cache, value].map((each) => new WeakRef(each));
  })();
  assert.ok(await areCollected(...refs));
  assert.equal(kept.length, 2);
});
