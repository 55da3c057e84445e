'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { inspect, types } = require('node:util');
const vm = require('node:vm');

const { leakline, recording } = require('../support/recording');
const { placesNow, shapeOf } = require('../support/reflection');

const originals = placesNow();

// Scenarios for both constructors, reported apart by their adder. What one says or throws with leakline must be what it
// says without; where a third element is given it must be that as well, so that both cannot be wrong together.
const scenarios = (C, name, adder) => ({
  'called without new': [() => C()],
  'called as a method': [() => C.call(new C(), [])],
  'applied to an instance that is made': [() => C.apply(Object.create(C.prototype))],
  'without an iterable': [() => [new C().size, new C(undefined).size, new C(null).size], [0, 0, 0]],
  'of what cannot be iterated': [() => new C(7)],
  'of an object without an iterator': [() => new C({})],
  'of an iterator that is no function': [() => new C({ [Symbol.iterator]: 1 })],
  'of entries that are no objects': [() => [...new C('ab')]],
  'of entries in their order': [() => [...new C([['b', 1], ['a', 2], ['b', 3]]).keys()].map(String)],
  'of another': [() => [...new C(new C([[1, 2]]))]],
  'of a generator': [() => new C((function* () { yield [1, 1]; yield [2, 2]; })()).size, 2],
  'more arguments than one': [() => new C([[1, 1]], [[2, 2]]).size, 1],
  'name, length and kind': [() => [C.name, C.length, typeof C, Object.prototype.toString.call(new C())], [name, 0, 'function', `[object ${name}]`]],
  'prototypes': [() => [Object.getPrototypeOf(new C()) === C.prototype, Object.getPrototypeOf(C) === Function.prototype], [true, true]],
  'instanceof, and what an instance is': [() => [new C() instanceof C, {} instanceof C, types.isMap(new C()), types.isSet(new C())], [true, false, name === 'Map', name === 'Set']],
  'instanceof an own class': [() => {
    class Sub extends C {}
    return [new Sub() instanceof C, new Sub() instanceof Sub, new C() instanceof Sub, Object.getPrototypeOf(Sub) === C];
  }, [true, true, false, true]],
  'constructor': [() => [new C().constructor === C, C.prototype.constructor === C, Object.keys(new C())], [true, true, []]],
  'species': [() => [C[Symbol.species] === C, (class extends C {})[Symbol.species] !== C], [true, true]],
  'arguments and new.target of a subclass': [() => {
    class Sub extends C {
      constructor(...args) {
        super(args.map((each) => [each, each]));
        this.target = new.target === Sub;
      }
    }
    const made = new Sub(1, 2);
    return [made.size, made.target];
  }, [2, true]],
  'a subclass without a constructor of its own': [() => new (class extends C {})([[1, 1]]).size, 1],
  'a subclass of a subclass': [() => {
    class A extends C {}
    class B extends A {}
    return [new B() instanceof A, new B().constructor === B, B.name];
  }, [true, true, 'B']],
  'private fields, accessors and statics of a subclass': [() => {
    class Sub extends C {
      #secret = 42;
      static of = (...args) => new Sub(args);
      get secret() {
        return this.#secret;
      }
    }
    return [Sub.of([1, 1]).secret, Sub.of([1, 1]).size];
  }, [42, 1]],
  'a subclass that overrides its adder': [() => {
    const added = [];
    class Sub extends C {
      [adder](...args) {
        added.push(args.length);
        return super[adder](...args);
      }
    }
    return [new Sub([[1, 2], [3, 4]]).size, added];
  }],
  'a legacy subclass by Reflect.construct': [() => {
    function Legacy() {
      return Reflect.construct(C, [[[1, 1]]], new.target);
    }
    Object.setPrototypeOf(Legacy.prototype, C.prototype);
    const made = new Legacy();
    return [made.size, made instanceof Legacy, made instanceof C];
  }, [1, true, true]],
  'a legacy subclass that calls it': [() => {
    function Legacy() {
      C.call(this);
    }
    return new Legacy();
  }],
  'Reflect.construct with itself': [() => Object.getPrototypeOf(Reflect.construct(C, [], C)) === C.prototype, true],
  'Reflect.construct with an arrow function as target': [() => Reflect.construct(C, [], () => {})],
  'Reflect.construct with an Array': [() => Object.getPrototypeOf(Reflect.construct(C, [], Array)) === Array.prototype, true],
  'itself as the target of another constructor': [() => Object.getPrototypeOf(Reflect.construct(Array, [], C)) === C.prototype, true],
  'Reflect.construct with a bound class': [() => {
    const Bound = class Sub extends C {}.bind();
    return Object.getPrototypeOf(Reflect.construct(C, [], Bound)) === C.prototype;
  }],
  'a prototype of new.target that throws': [() => Reflect.construct(C, [], Object.defineProperty(function () {}.bind(), 'prototype', {
    get() { throw new RangeError('mine'); },
  }))],
  'a prototype of new.target that is no object': [() => {
    function Target() {}
    Target.prototype = 1;
    return Object.getPrototypeOf(Reflect.construct(C, [], Target)) === C.prototype;
  }, true],
  'a target of another realm': [() => {
    const Target = vm.runInNewContext(`(function () { function Target() {} Target.prototype = null; Target.home = ${name}; return Target; })()`);
    return Object.getPrototypeOf(Reflect.construct(C, [], Target)) === Target.home.prototype;
  }, true],
  'of another realm': [() => {
    const [Other, made] = vm.runInNewContext(`[${name}, new ${name}([[1, 1]])]`);
    return [made instanceof C, made instanceof Other, C.prototype[adder].call(made, 5, 5).size];
  }, [false, true, 2]],
  'an iterator that is not asked for without entries': [() => {
    const asked = [];
    const iterable = { get [Symbol.iterator]() { asked.push('iterator'); return () => ({ next: () => (asked.push('next'), { done: true }) }); } };
    return [new C(iterable).size, asked];
  }, [0, ['iterator', 'next']]],
  'an iterator is closed when the adder throws': [() => withAdder(C, adder, () => { throw new RangeError('adder'); }, () => closing(C, [1, 1]))],
  'an iterator is closed when an entry is no object': [() => closing(C, 'no entry')],
  'an iterator is not closed when next throws': [() => {
    const reported = [];
    const iterator = { next() { throw new RangeError('next'); }, return() { reported.push('closed'); return {}; } };
    try {
      new C({ [Symbol.iterator]: () => iterator });
    } catch ({ message }) {
      return [message, reported];
    }
    return 'nothing was thrown';
  }, ['next', []]],
  'an adder that is absent': [() => withAdder(C, adder, undefined, () => new C([[1, 1]]))],
  'an adder that is absent, without an iterable': [() => withAdder(C, adder, undefined, () => [new C().size, new C(null).size]), [0, 0]],
  'an adder that is no function': [() => withAdder(C, adder, 'no function', () => new C([]))],
  'an adder that is looked up once, before the iterator': [() => {
    const reported = [];
    const original = C.prototype[adder];
    const iterable = { get [Symbol.iterator]() { reported.push('iterator'); return () => [[1, 1], [2, 2]][Symbol.iterator](); } };
    return withGetter(C, adder, () => {
      reported.push('adder');
      return original;
    }, () => [new C(iterable).size, reported]);
  }, [2, ['adder', 'iterator']]],
  'an adder whose lookup throws': [() => withGetter(C, adder, () => { throw new RangeError('lookup'); }, () => new C([]))],
  'an adder whose lookup throws, without an iterable': [() => withGetter(C, adder, () => { throw new RangeError('lookup'); }, () => new C().size), 0],
  'this and arguments of an adder': [() => {
    const reported = [];
    withAdder(C, adder, function (...args) {
      reported.push(this instanceof C, args);
    }, () => new C([[1, 2], [3, 4]]));
    return reported;
  }],
  'inspected': [() => [inspect(new C([[1, 2]])), inspect(new (class Cache extends C {})()), inspect(C), String(C).replace(/\s+/g, ' ').includes('[native code]')]],
  'cloned': [() => [structuredClone(new C([[1, 2]])) instanceof C, structuredClone(new C([[1, 2]])).size], [true, 1]],
  'grouped': [() => typeof C.groupBy === 'function' && [...C.groupBy([1, 2, 3], (each) => each % 2)].join('|')],
  'compared deeply': [() => assert.deepStrictEqual(new C([[1, 2]]), new C([[1, 2]])), undefined],
  'made by a bound constructor': [() => new (C.bind(null, [[1, 1]]))().size, 1],
  'made through a Proxy': [() => new (new Proxy(C, {}))([[1, 1]]) instanceof C, true],
  'described': [() => JSON.stringify([Object.getOwnPropertyDescriptor(globalThis, name), Object.getOwnPropertyDescriptor(C, 'prototype')])],
  'changed like any other': [() => {
    C.mine = 1;
    const seen = [globalThis[name].mine, Object.keys(C)];
    delete C.mine;
    return [seen, 'mine' in C];
  }, [[1, ['mine']], false]],
  'a prototype that cannot be replaced': [() => {
    C.prototype = {};
  }],
  'deep recursion through it': [() => {
    const nest = (depth) => new C(depth === 0 ? [] : [[nest(depth - 1), 1]]);
    return nest(500).size;
  }, 1],
});

function withAdder(C, adder, value, fn) {
  return withProperty(C, adder, { value, writable: true }, fn);
}

function withGetter(C, adder, get, fn) {
  return withProperty(C, adder, { get }, fn);
}

function withProperty(C, key, descriptor, fn) {
  const before = Object.getOwnPropertyDescriptor(C.prototype, key);
  Object.defineProperty(C.prototype, key, { configurable: true, ...descriptor });
  try {
    return fn();
  } finally {
    Object.defineProperty(C.prototype, key, before);
  }
}

/** What is thrown, and whether the iterator was closed. */
function closing(C, value) {
  const reported = [];
  const iterator = { next: () => ({ value, done: reported.length > 0 }), return: () => (reported.push('closed'), {}) };
  let thrown = null;
  let made = null;
  try {
    made = new C({ [Symbol.iterator]: () => Object.assign(iterator, value === 'no entry' && { next: once(value) }) });
  } catch ({ name, message }) {
    thrown = [name, message];
  }
  return [thrown, reported, made?.size];
}

function once(value) {
  let isDone = false;
  return () => {
    const result = { value, done: isDone };
    isDone = true;
    return result;
  };
}

/** What a scenario says or throws. V8's messages name a bound function as such: that name is left out. */
function outcome(scenario) {
  try {
    return { reported: scenario() };
  } catch ({ name, message, constructor }) {
    const same = message.replace(/'#<.*?>'/, "'#<…>'").replace(/'function .*?\(\) \{ \[native code\] \}'/, "'function …'");
    return { name, message: same, ofThisRealm: constructor === globalThis[name] };
  }
}

for (const [name, adder] of [['Map', 'set'], ['Set', 'add']]) {
  const without = scenarios(globalThis[name], name, adder);

  describe(`${name} with leakline as without:`, () => {
    for (const [what, [plain, ...wanted]] of Object.entries(without)) {
      it(what, async () => {
        const expected = outcome(plain);
        const { result, notes } = await recording(() => outcome(scenarios(globalThis[name], name, adder)[what][0]));
        assert.deepEqual(result, expected);
        if (wanted.length > 0) assert.deepEqual(result, { reported: wanted[0] });
        assert.deepEqual(notes, []);
      });
    }

    it('what reflection shows of it and of its prototype', async () => {
      const { value: original, ...flags } = originals.get(`globalThis.${name}`);
      await recording(() => {
        const { value: patched, ...patchedFlags } = Object.getOwnPropertyDescriptor(globalThis, name);
        assert.notEqual(patched, original, 'it is patched');
        assert.deepEqual(shapeOf(patched), shapeOf(original));
        assert.deepEqual(patchedFlags, flags);
        for (const key of Reflect.ownKeys(original.prototype).filter((each) => each !== 'constructor')) {
          assert.deepEqual(Object.getOwnPropertyDescriptor(patched.prototype, key), originals.get(`${name}.prototype.${String(key)}`), 'untouched');
        }
      });
    });

    it('a class that extends the replacement still works after stop()', async () => {
      let Sub;
      await recording(() => {
        Sub = class extends globalThis[name] {};
      });
      const made = new Sub([[1, 1]]);
      assert.deepEqual([made.size, made instanceof Sub, made instanceof globalThis[name]], [1, true, true]);
      assert.equal(leakline.isStarted(), false);
      assert.equal(globalThis[name], originals.get(`globalThis.${name}`).value);
    });
  });
}
