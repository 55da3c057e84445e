'use strict';

// Maps and Sets: made in every way there is, changed and walked.

const vm = require('node:vm');

/** What a collection is made from, its entries first. */
const sources = {
  pairs: (entries) => entries,
  iterator: (entries) => entries[Symbol.iterator](),
  copy: (entries, name) => new globalThis[name](entries),
  null: () => null,
  number: () => 5,
  badEntry: (entries) => [...entries, 'no entry'],
  * throwing(entries) {
    yield* entries;
    throw new RangeError('no more');
  },
};

const makings = {
  empty: (name) => new globalThis[name](),

  subclass(name, entries) {
    class Sub extends globalThis[name] {
      constructor(given) {
        super(given);
        this.own = this.size;
      }
    }
    const made = new Sub(entries);
    return [made, made.own, made instanceof Sub, made.constructor === Sub];
  },

  overriding(name, entries) {
    const calls = [];
    class Overriding extends globalThis[name] {
      set(key, value) {
        calls.push(key);
        return super.set(key, value);
      }

      add(value) {
        calls.push(String(value));
        return super.add(value);
      }
    }
    return [new Overriding(entries), calls.join()];
  },

  construct(name, entries) {
    const made = Reflect.construct(globalThis[name], [entries], class Other extends Array {});
    return [made, Array.isArray(made), Object.getPrototypeOf(Object.getPrototypeOf(made)) === Array.prototype];
  },

  noNew: (name) => globalThis[name](),
  foreign: (name, entries) => [vm.runInThisContext(`(entries) => new ${name}(entries)`)(entries)],
};

/** These do not come from the constructor. */
const uncounted = { clone: (name, entries) => structuredClone(new globalThis[name](entries)) };

const sizeOf = { Map: Object.getOwnPropertyDescriptor(Map.prototype, 'size').get, Set: Object.getOwnPropertyDescriptor(Set.prototype, 'size').get };
const methodsOf = { Map: { ...methods(Map) }, Set: { ...methods(Set) } };

function methods({ prototype }) {
  return Object.fromEntries(Object.getOwnPropertyNames(prototype).filter((key) => key !== 'size').map((key) => [key, prototype[key]]));
}

const ops = {
  make(world, slot, name, how, count) {
    const entries = Array.from({ length: count }, (_, i) => (name === 'Map' ? [i, `value ${i}`] : i));
    const make = makings[how] ?? uncounted[how] ?? (() => new globalThis[name](sources[how](entries, name)));
    const made = make(name, entries);
    const [collection, ...shown] = Array.isArray(made) ? made : [made];
    world.collections[slot] = { name, collection: world.name(`${name}:${how}`, collection) };
    if (!(how in uncounted)) world.oracle.sawCollection(name, collection);
    return [collection, ...shown, Reflect.apply(sizeOf[name], collection, [])];
  },

  put(world, slot, key, value) {
    const { name, collection } = world.collections[slot];
    const { set, add } = methodsOf[name];
    return Reflect.apply(set ?? add, collection, [key, value]);
  },

  take(world, slot, key) {
    const { name, collection } = world.collections[slot];
    const { get, has } = methodsOf[name];
    return [Reflect.apply(get ?? has, collection, [key]), Reflect.apply(methodsOf[name].delete, collection, [key])];
  },

  wipe(world, slot) {
    const { name, collection } = world.collections[slot];
    return Reflect.apply(methodsOf[name].clear, collection, []);
  },

  walk(world, slot, how) {
    const { collection } = world.collections[slot];
    const walked = [];
    if (how === 'forEach') collection.forEach?.((value, key, all) => walked.push([key, value, all === collection]));
    else if (how === 'entries') walked.push(...(collection.entries?.() ?? []));
    else {
      for (const entry of collection) {
        walked.push(entry);
        if (how === 'changing' && walked.length < 4) collection.delete?.(walked.length);
      }
    }
    return walked;
  },

  looks(world, slot) {
    const { name, collection } = world.collections[slot];
    const own = globalThis[name];
    return [
      collection instanceof own, collection.constructor === own, collection.constructor.name, own.length, own.name,
      Reflect.ownKeys(own).map(String), Object.prototype.toString.call(collection), own[Symbol.species] === own,
      // As native code: its name is known to be missing there.
      String(own).replace(` ${name}(`, ' ('),
    ];
  },

  combine(world, a, b, how) {
    const [first, second] = [world.collections[a], world.collections[b]];
    if (how === 'groupBy') {
      if (typeof globalThis.Map.groupBy !== 'function') return 'no such method';
      return [...globalThis.Map.groupBy([1, 2, 3], (n) => n % 2)];
    }
    if (typeof first.collection[how] !== 'function') return 'no such method';
    const result = first.collection[how](second.collection);
    return typeof result === 'boolean' ? result : [...result];
  },

  dropCollection(world, slot) {
    world.collections[slot] = { name: 'Map', collection: world.noCollection };
  },
};

function setUp(world) {
  // As it was before anything started: nobody counts it.
  world.noCollection = world.name('none', noCollection);
  for (let slot = 0; slot < 4; slot++) ops.dropCollection(world, slot);
}

const noCollection = new Map();

function look(world) {
  noCollection.clear();
  for (const { name, collection } of world.collections) {
    world.trace('shows', collection, [...Reflect.apply(methodsOf[name].entries, collection, [])]);
  }
}

module.exports = { ops, setUp, look };
