'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const vm = require('node:vm');
const { afterEach, before, describe, it } = require('node:test');

const { leakline, leaksOf, lineOf } = require('../support/recording');
const { areCollected } = require('../support/garbage');
const { inChild } = require('../support/child');

const options = { warmup: 2, rounds: 3, iterations: 4, kinds: ['array', 'map', 'set'] };

// Made before any recording, as those of a program's modules are.
const list = []; // here: variable
const early = new Map(); // here: Map of a module
const earlySet = new Set(); // here: Set of a module
const lists = new Map([['key', []]]); // here: Map of lists
const state = { rowsOfState: [] }; // here: plain object
exports.rowsOfExports = []; // here: exports

class Field {
  items = []; // here: field
}
class Private {
  #items = []; // here: private field
  add() {
    this.#items.push({});
  }
}
class Base {
  constructor() {
    this.queue = []; // here: inherited
  }
}
class Derived extends Base {}
class Static {
  static all = []; // here: static
}
class Copied {
  constructor() {
    this.list = []; // here: copied
  }
  add() {
    this.list = [...this.list, 1];
  }
}
class Item {}

function makeStore() {
  const kept = []; // here: closure
  return { add: () => kept.push(1) };
}

const [field, priv, derived, copied, store] = [new Field(), new Private(), new Derived(), new Copied(), makeStore()];
let next = 0;

afterEach(() => leakline.stop());

describe('check() finds, at the line that made it,', () => {
  const cases = {
    'variable': ['array', () => list.push(new Item())],
    'Map of a module': ['map', () => early.set(next++, 1)],
    'Set of a module': ['set', () => earlySet.add(next++)],
    'Map of lists': ['array', () => lists.get('key').push(1)],
    'plain object': ['array', () => state.rowsOfState.push(1)],
    'exports': ['array', () => exports.rowsOfExports.push(1)],
    'field': ['array', () => field.items.push(1)],
    'private field': ['array', () => priv.add()],
    'inherited': ['array', () => derived.queue.push(1)],
    'static': ['array', () => Static.all.push(1)],
    'copied': ['array', () => copied.add()],
    'closure': ['array', () => store.add()],
  };
  let found;
  before(async () => {
    // All at once: each check waits before it calls something a leak.
    found = await leaksOf(() => Object.values(cases).forEach(([, fn]) => fn()), options);
  });
  for (const [mark, [kind]] of Object.entries(cases)) {
    it(mark, () => {
      const line = lineOf(__filename, mark);
      const { label: _, ...rest } = found.find((leak) => leak.line === line) ?? {};
      assert.deepEqual(rest, { kind, line, growth: 'entries', perIteration: 1 });
    });
  }

  it('nothing else', () => assert.equal(found.length, Object.keys(cases).length));

  it('an array of arrays, once', async () => {
    const rows = []; // here: rows
    const found = await leaksOf(() => rows.push([1, 2]), options);
    assert.deepEqual(found.map(({ line, growth }) => [line, growth]), [[lineOf(__filename, 'rows'), 'entries']]);
  });

  it('arrays of objects that pile up, and says of each how many', async () => {
    class Order {
      constructor() {
        this.lines = [1, 2]; // here: piling up
      }
    }
    const orders = new WeakMap();
    let last = null;
    // A chain: no collection holds them.
    const found = await leaksOf(() => orders.set((last = Object.assign(new Order(), { last })), 1), options);
    assert.deepEqual(found.map(({ line, growth, perIteration }) => [line, growth, perIteration]), [[lineOf(__filename, 'piling up'), 'instances', 1]]);
    assert.ok(last);
  });
});

describe('check() says of an array', () => {
  it('who fills it, what it holds and how large it is, and never a value', async () => {
    class Keeper {
      constructor() {
        this.kept = [];
      }
    }
    const keeper = new Keeper();
    const secret = 'a very secret value';
    const { leaks, message, watched } = await leakline.check(() => {
      keeper.kept.push(secret); // here: inserter
    }, options);
    assert.deepEqual(leaks.map(({ heldBy, elements, size, topInserter, removedEntries }) => [heldBy, elements, size, topInserter.stack[0].line, removedEntries]), [
      ['Keeper.kept', 'string', { total: 14, max: 14 }, lineOf(__filename, 'inserter'), 0],
    ]);
    assert.match(message, /Array Keeper\.kept/);
    assert.ok(!message.includes(secret) && !JSON.stringify(leaks).includes(secret));
    assert.ok(watched.kinds.includes('array') && watched.censusMs > 0);
  });

  it('no line that made it, where literals that are alike and an assignment may have', async () => {
    const twins = [{ rowsOfTwin: [] }, { rowsOfTwin: [] }];
    const other = {};
    other.rowsOfTwin = [];
    leakline.start({ mode: 'full' });
    const { leaks } = await leakline.check(() => twins[0].rowsOfTwin.push(1), options); // here: twin
    assert.deepEqual(leaks.map(({ origin }) => origin.line), [lineOf(__filename, 'twin')], 'the line that fills it is known');
    assert.equal(other.rowsOfTwin.length, 0);
  });

  it('nothing when it is not to look, or for other kinds', async () => {
    for (const without of [{ census: false }, { kinds: ['listener'] }]) {
      const { leaks, watched } = await leakline.check(() => void list.push(1), { ...options, ...without });
      assert.deepEqual(leaks, []);
      assert.equal(watched.censusMs, undefined);
    }
  });

  it('leaves no method on it', async () => {
    const own = [];
    await leakline.check(() => void own.push(1), options);
    assert.deepEqual(Object.getOwnPropertyNames(own).filter((name) => Number.isNaN(Number(name))), ['length']);
  });
});

describe('check() is silent about', () => {
  const bounded = [];
  const swinging = [];
  const sorted = [3, 1, 2];
  const table = Array.from({ length: 5_000 }, (_, i) => i);
  const window = [];
  let calls = 0;
  const cases = {
    'an array that is bounded by splice': () => {
      bounded.push(1);
      if (bounded.length > 6) bounded.splice(0, 3);
    },
    'one that swings': () => void (swinging.length > 3 ? (swinging.length = 0) : swinging.push(1)),
    'one that is sorted, and a large one that stays': () => void [sorted.sort(), table.slice()],
    'a sliding window of arrays': () => {
      window.push({ values: [1, 2] });
      if (window.length > 30) window.shift();
    },
    'one that is filled once': () => {
      if (calls++ === 4) list.push(...Array(50).fill(0));
    },
  };
  for (const [what, fn] of Object.entries(cases)) {
    it(what, async () => {
      // Past its limit first.
      for (let i = 0; i < 40 && what.includes('window'); i++) fn();
      const { leaks, message } = await leakline.check(fn, { ...options, rounds: 5 });
      assert.deepEqual(leaks, [], message);
    });
  }
});

describe('a census', () => {
  it('counts what lives, also what was made before start(), and names who holds the largest', () => {
    class Cache {
      byKey = new Map(Array.from({ length: 3_000 }, (_, i) => [i, new Item()]));
    }
    const cache = new Cache();
    const emitter = new EventEmitter().on('x', () => {}).on('x', () => {});
    leakline.start({ mode: 'counts', minSize: 2_000 });
    const { census } = leakline.snapshot({ census: true });
    const { kind, size, heldBy, elements } = census.largest.find((each) => each.heldBy === 'Cache.byKey');
    assert.deepEqual([kind, size, heldBy, elements], ['map', 3_000, 'Cache.byKey', 'Item']);
    assert.ok(census.pauseMs > 0 && census.heapBytes > 1e6);
    assert.ok(census.counts.map.entries >= 3_000 && census.counts.emitter.entries >= 2);
    assert.ok(census.counts.array.instances > 10 && census.largest.every((each) => each.size >= 2_000));
    assert.match(leakline.report(leakline.snapshot({ census: true })), /census of everything that lives/);
    assert.equal(leakline.snapshot().census, undefined, 'never unasked');
    assert.ok(cache && emitter);
  });

  it('knows whose functions are without a list of the scripts: for that V8 hashes the source of each', (t) => {
    const { load } = require('../../js/base/native');
    const { ofApplication } = require('../../js/census/functions');
    const native = load();
    if (native.scriptName(inChild) === null) return t.skip('V8 does not say whose script a function is of');
    assert.equal(native.scriptName(inChild), require.resolve('../support/child'));
    assert.equal(native.scriptName(Math.max), undefined);
    const sources = { ownerOfScript: () => assert.fail('the list is asked for') };
    const here = () => {};
    assert.deepEqual(ofApplication(native, sources, [{}, EventEmitter, load, Math.max, here, makeStore, inChild, eval('() => 1')]), [here, inChild]);
  });

  it('runs no code of the program', async () => {
    let ran = 0;
    const touched = () => ran++;
    const trap = { get: touched, ownKeys: touched, getPrototypeOf: touched, getOwnPropertyDescriptor: touched };
    const held = {
      get rows() { return touched(); },
      proxy: new Proxy([1], trap),
      error: new Error('whose stack is not read'),
      grown: [],
    };
    const prepare = Error.prepareStackTrace;
    Error.prepareStackTrace = (error) => (error === held.error ? touched() : '');
    try {
      leakline.start({ mode: 'counts', minSize: 1 });
      leakline.snapshot({ census: true });
      leakline.stop();
      ran = 0;
      await leakline.check(() => void held.grown.push(new Proxy({}, trap)), options);
    } finally {
      Error.prepareStackTrace = prepare;
    }
    assert.equal(ran, 0);
  });

  it('leaves objects of native classes alone: what they show as data may be code that runs', async () => {
    const { port1 } = new MessageChannel();
    class OfNative extends Object.getPrototypeOf(port1).constructor {}
    const held = { plain: new Item(), native: port1, derived: Object.create(OfNative.prototype) };
    for (const holder of Object.values(held)) holder.rowsOfHolder = [];
    const { leaks } = await leakline.check(() => Object.values(held).forEach(({ rowsOfHolder }) => rowsOfHolder.push(1)), options);
    port1.close();
    assert.deepEqual(leaks.map(({ heldBy }) => heldBy), ['Item.rowsOfHolder']);
  });

  it('holds nothing afterwards, and leaves nothing on the global object', async () => {
    leakline.start({ mode: 'counts', minSize: 1 });
    const keys = Reflect.ownKeys(globalThis);
    const refs = (() => {
      const made = [[1], new Map([[1, []]]), { rows: [] }];
      leakline.snapshot({ census: true });
      return made.map((each) => new WeakRef(each));
    })();
    assert.ok(await areCollected(...refs));
    assert.deepEqual(Reflect.ownKeys(globalThis), keys);
  });

  it('is of the realm that asks', async () => {
    const realm = vm.runInContext('globalThis.rows = []; globalThis', vm.createContext({}));
    const { inspecting } = require('../../js/census/inspector.js');
    const isIn = inspecting(realm, (inspector) => inspector.objects().includes(realm.rows));
    assert.ok(isIn);
    assert.ok(!inspecting(globalThis, (inspector) => inspector.objects().includes(realm.rows)));
  });

  it('says so where there is no inspector', async () => {
    const { value } = await inChild('census-without-inspector.js');
    assert.deepEqual(value.leaks, []);
    assert.match(value.notes.join('\n'), /no census/);
    assert.equal(value.census, undefined);
  });

  it('works in a worker, of its own thread, and prints nothing', async () => {
    const { value, stderr } = await inChild('census-in-worker.js');
    assert.deepEqual(value, { leaks: ['Array kept'], hasMains: false });
    assert.equal(stderr, '');
  });

  it('works while a debugger is attached', async () => {
    const { value } = await inChild('census-in-worker.js', { execArgv: ['--inspect=127.0.0.1:0'] });
    assert.deepEqual(value.leaks, ['Array kept']);
  });
});
