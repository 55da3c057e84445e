'use strict';

const assert = require('node:assert/strict');
const { afterEach, describe, it } = require('node:test');
const { inspect, isDeepStrictEqual } = require('node:util');
const vm = require('node:vm');

const { insertersAlone, kinds } = require('../support/inserters');
const { shapeOf } = require('../support/reflection');

const entries = [[1, 'a'], [2, 'b']];

// What each kind is made of and filled by. Scenarios run with an instance that is watched and with one that is not: what
// they return or throw must be the same. A third element is what it must be as well, so that both cannot be wrong together.
const sorts = {
  map: { C: Map, adder: 'set', make: (C = Map) => new C(entries), put: (map, n) => map.set(n, n) },
  set: { C: Set, adder: 'add', make: (C = Set) => new C(entries.map(([key]) => key)), put: (set, n) => set.add(n) },
  array: { C: Array, adder: 'push', make: (C = Array) => C.from(entries), put: (array, n) => array.push(n) },
};

const common = ({ C, adder, put, make }) => ({
  'what putting returns': [(it) => { const result = put(it, 5); return result === it ? 'itself' : result; }],
  'order, and replacing': [(it) => { put(it, 9); put(it, 3); put(it, 9); return [...it]; }],
  'spread, forEach and iterators that go on while it is filled': [(it) => {
    const seen = [];
    let n = 100;
    for (const each of it) {
      seen.push(each);
      if (n < 103) put(it, n++);
    }
    it.forEach((each) => seen.push(each));
    return [seen, [...it.keys()], Array.from(it)];
  }],
  'keys, JSON and in': [(it) => [Object.keys(it), Object.entries(it), JSON.stringify(it), { ...it }, Object.assign({}, it), forIn(it), adder in it, adder in Object(1)]],
  'inspected': [(it) => [inspect(it), String(it), Object.prototype.toString.call(it)]],
  'cloned': [(it) => structuredClone(it)],
  'compared deeply': [(it) => {
    assert.deepStrictEqual(it, make());
    assert.deepStrictEqual(make(), it);
    return [isDeepStrictEqual(it, make()), isDeepStrictEqual(make(), it)];
  }, [true, true]],
  'copied by its constructor': [(it) => [...new (it.constructor)(...(C === Array ? it : [it]))]],
  'prototype, constructor, instanceof': [(it) => [Object.getPrototypeOf(it) === C.prototype, it.constructor === C, it instanceof C], [true, true, true]],
  'its adder as a function': [(it) => { const { type, prototype, isExtensible, own } = shapeOf(it[adder]); return [type, prototype === Function.prototype, isExtensible, own]; }],
  'its adder is no constructor': [(it) => new it[adder]()],
  'its adder with another this': [(it) => { const other = make(); put({ [adder]: it[adder].bind(other) }, 7); return [[...it], [...other]]; }],
  'its adder with a subclass as this': [(it) => {
    // With what this has for an adder instead of its own, that would go on for ever.
    class Sub extends C {
      [adder](...args) { return it[adder].apply(this, args); }
    }
    const sub = new Sub();
    put(sub, 4);
    return [...sub];
  }],
  'its adder on what is none': [(it) => { const f = it[adder]; return [undefined, null, 5, {}, () => {}].map((each) => outcome(() => Reflect.apply(f, each, [1, 2]))); }],
  'the other methods': [(it) => Object.getOwnPropertyNames(C.prototype).filter((key) => !/^(set|getOr|add|push|unshift|splice)/.test(key) && Object.hasOwn(it, key)), undefined],
  'an adder that the program puts there': [(it) => {
    const original = it[adder];
    const reported = [];
    it[adder] = function (...args) { reported.push(args.length); return original.apply(this, args); };
    put(it, 8);
    return [reported, [...it]];
  }],
  'a prototype patched meanwhile': [(it) => {
    const before = Object.getOwnPropertyDescriptor(C.prototype, adder);
    const reported = [];
    Object.defineProperty(C.prototype, adder, { ...before, value(...args) { reported.push(args); return before.value.apply(this, args); } });
    try {
      put(it, 6);
    } finally {
      Object.defineProperty(C.prototype, adder, before);
    }
    return [reported, [...it]];
  }],
  'frozen': [(it) => { Object.freeze(it); return [Object.isFrozen(it), outcome(() => put(it, 1))]; }],
  'behind a Proxy that binds': [(it) => {
    const proxy = new Proxy(it, { get: (target, key) => { const value = Reflect.get(target, key); return typeof value === 'function' ? value.bind(target) : value; } });
    put(proxy, 5);
    return [...it];
  }],
  'behind a Proxy that does not': [(it) => outcome(() => (put(new Proxy(it, {}), 5), [...it]))],
  'missing and many arguments': [(it) => { it[adder](); it[adder](1, 2, 3); it[adder](...'abcdefgh'); return [...it]; }],
  'deep recursion': [(it) => {
    const dig = (depth) => { put(it, depth); if (depth > 0) dig(depth - 1); };
    dig(2000);
    return [...it].length;
  }],
  'an object with all its properties copied': [(it) => Object.getOwnPropertyNames(Object.fromEntries(Object.entries(Object.getOwnPropertyDescriptors(it)).filter(([, { enumerable }]) => enumerable)))],
});

const own = {
  map: {
    'getOrInsert': [(map) => (map.getOrInsert === undefined ? 'not there' : [map.getOrInsert(1, 'x'), map.getOrInsert(7, 'y'), map.getOrInsertComputed(8, (key) => key * 2), [...map]])],
    'getOrInsertComputed that throws': [(map) => (map.getOrInsertComputed === undefined ? 'not there' : outcome(() => map.getOrInsertComputed(8, () => { throw new RangeError('mine'); })))],
    'a key that throws when it is compared never does': [(map) => [...map.set({ valueOf() { throw new Error('no'); } }, 1)].length, 3],
    'groupBy, of its values': [(map) => typeof Map.groupBy === 'function' && [...Map.groupBy(map.values(), (each) => each)].length],
  },
  set: {
    'set operations': [(set) => (set.union === undefined ? 'not there' : [[...set.union(new Set([5]))], [...set.intersection(set)], set.isSubsetOf(set)])],
  },
  array: {
    'holes, length and indexes': [(array) => { array[4] = 'x'; array.push('y'); array.length = 5; return [array, array.length, 3 in array]; }],
    'unshift and splice': [(array) => [array.unshift('x', 'y'), array.splice(1, 2, 'z'), array.splice(0), array]],
    'concat, flat, sort, map and slice': [(array) => [array.concat(array), array.map((each) => each), array.slice(1), array.flat(), array.toString(), Array.isArray(array)]],
    'a length that is no longer writable': [(array) => { Object.defineProperty(array, 'length', { writable: false }); return outcome(() => array.push(1)); }],
    'push to what is no array': [(array) => { const like = { length: 2 }; return [array.push.call(like, 'x'), like]; }],
  },
};

function forIn(object) {
  const keys = [];
  for (const key in object) keys.push(key);
  return keys;
}

/** What a scenario says or throws. */
function outcome(scenario) {
  try {
    return { reported: scenario() };
  } catch ({ name, message, constructor }) {
    return { name, message: message.replace(/'#<.*?>'/, "'#<…>'").replace(/^[\w.]+(?= is not a constructor)/, '…'), ofThisRealm: constructor === globalThis[name] };
  }
}

const { inserters, reported } = insertersAlone();
const ownKeys = (instance) => Reflect.ownKeys(instance).filter((key) => typeof key === 'string' && !/^(\d+|length)$/.test(key));
afterEach(() => inserters.undo());

for (const [kind, sort] of Object.entries(sorts)) {
  describe(`a watched ${kind} as one that is not:`, () => {
    for (const [what, [scenario, ...wanted]] of Object.entries({ ...common(sort), ...own[kind] })) {
      it(what, () => {
        const expected = outcome(() => scenario(sort.make()));
        const instance = sort.make();
        assert.ok(inserters.watch(instance, kinds[kind], 1));
        const actual = outcome(() => scenario(instance));
        assert.deepEqual(actual, expected);
        if (wanted.length > 0 && wanted[0] !== undefined) assert.deepEqual(actual, { reported: wanted[0] });
      });
    }

    it('and is as before when it is watched no more', () => {
      const [left, undone] = [sort.make(), sort.make()];
      for (const each of [left, undone]) inserters.watch(each, kinds[kind], 1);
      assert.ok(ownKeys(left).includes(sort.adder), 'it was watched');
      inserters.unwatch(left);
      inserters.undo();
      for (const each of [left, undone]) {
        assert.deepEqual(ownKeys(each), []);
        assert.equal(each[sort.adder], sort.C.prototype[sort.adder]);
        sort.put(each, 4);
        assert.deepEqual([...each], (() => { const plain = sort.make(); sort.put(plain, 4); return [...plain]; })());
      }
      assert.equal(reported(), '');
    });

    it('and keeps what the program put over ours', () => {
      const instance = sort.make();
      inserters.watch(instance, kinds[kind], 1);
      const [ours, theirs] = [instance[sort.adder], () => 'theirs'];
      instance[sort.adder] = theirs;
      inserters.unwatch(instance);
      assert.equal(instance[sort.adder], theirs);
      delete instance[sort.adder];
      sort.put({ [sort.adder]: ours.bind(instance) }, 4); // what was taken from it goes on to work
      assert.equal([...instance].length, 3);
      assert.equal(reported(), '');
    });
  });

  describe(`a ${kind} that cannot be watched is left alone:`, () => {
    const cannot = {
      'frozen': (it) => Object.freeze(it),
      'sealed': (it) => Object.seal(it),
      'not extensible': (it) => Object.preventExtensions(it),
      'a Proxy': (it) => new Proxy(it, {}),
      'with an adder of its own': (it) => Object.assign(it, { [sort.adder]: () => 'mine' }),
      'without a prototype': (it) => Object.setPrototypeOf(it, null),
      'with a Proxy among its prototypes': (it) => Object.setPrototypeOf(it, new Proxy(sort.C.prototype, { get() { throw new Error('seen'); } })),
      'with an adder that is made when it is asked for': (it) => Object.setPrototypeOf(it, Object.create(sort.C.prototype, { [sort.adder]: { get() { throw new Error('seen'); } } })),
      'of another kind': () => (kind === 'map' ? new Set() : new Map()),
      'that only looks like one': () => Object.create(sort.C.prototype),
    };
    for (const [what, make] of Object.entries(cannot)) {
      it(what, () => {
        const instance = make(sort.make());
        const before = Object.getOwnPropertyDescriptors(instance);
        assert.equal(inserters.watch(instance, kinds[kind], 1), false);
        assert.deepEqual(Object.getOwnPropertyDescriptors(instance), before);
      });
    }
  });

  it(`a ${kind} that is frozen while it is watched goes on to work, and is counted no more`, () => {
    const instance = sort.make();
    inserters.watch(instance, kinds[kind], 1);
    Object.freeze(instance);
    inserters.undo();
    assert.deepEqual(outcome(() => sort.put(instance, 4)), outcome(() => sort.put(Object.freeze(sort.make()), 4)));
    assert.equal(reported(), '');
  });
}

describe('a subclass of Map that is watched', () => {
  it('has its own methods called, with itself as this', () => {
    class Cache extends Map {
      #reads = 0;
      set(key, value) { return super.set(`${key}!`, value); }
      get reads() { return this.#reads; }
      read(key) { this.#reads++; return this.get(`${key}!`); }
    }
    const cache = new Cache([['a', 1]]);
    assert.ok(inserters.watch(cache, kinds.map, 1));
    assert.equal(cache.set('b', 2), cache);
    assert.deepEqual([cache.read('b'), cache.reads, [...cache.keys()]], [2, 1, ['a!', 'b!']]);
    assert.equal(reported(), '1 by 1');
  });

  it('has the methods of the prototype that it is given meanwhile', () => {
    const reported = [];
    const classOf = (name) => class extends Map { set(key, value) { reported.push(name); return super.set(key, value); } };
    const [One, Other] = [classOf('one'), classOf('other')];
    const map = new One();
    assert.ok(inserters.watch(map, kinds.map, 1));
    map.set('a', 1);
    Object.setPrototypeOf(map, Other.prototype);
    assert.equal(map.set('b', 2), map);
    assert.deepEqual([reported, [...map.keys()], ownKeys(map)], [['one', 'other'], ['a', 'b'], []]);
    assert.ok(inserters.watch(map, kinds.map, 1), 'as what it is now');
    map.set('c', 3);
    assert.deepEqual(reported, ['one', 'other', 'other']);
  });

  it('may throw, evict, or be filled by itself', () => {
    class Odd extends Map {
      set(key, value) {
        if (key === 'throws') throw new RangeError('mine');
        if (key === 'evicts') this.clear();
        if (key === 'more') this.set('inner', 1);
        return super.set(key, value);
      }
    }
    const odd = new Odd();
    assert.ok(inserters.watch(odd, kinds.map, 1));
    assert.throws(() => odd.set('throws', 1), new RangeError('mine'));
    odd.set('more', 1);
    assert.deepEqual([...odd.keys()], ['inner', 'more']);
    assert.equal(reported(), '2 by 1', 'each entry once');
    odd.set('evicts', 1);
    assert.equal(reported(), '1 left', 'of what comes and goes in one call the difference is seen');
  });
});

it('a Map of another realm is watched with its own methods', () => {
  const [map, prototype] = vm.runInNewContext('[new Map(), Map.prototype]');
  assert.ok(inserters.watch(map, kinds.map, 1));
  map.set(1, 1);
  assert.equal(reported(), '1 by 1');
  inserters.unwatch(map);
  assert.equal(map.set, prototype.set);
});
