'use strict';

// The walk that finds arrays and objects used as Maps: by which names, and that nobody can see that it walked.

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');

const native = require('../../js/base/native').load();
const { lineOf } = require('../../js/census/reach/lines');
const { createTableSize } = require('../../js/census/reach/size');
const { createWalk } = require('../../js/census/reach/walk');
const { temporaryFolder } = require('../support/run');

const started = [];
const fail = () => assert.fail('the walk ran code of the program');
const byUser = Object.create(null);
const sockets = [];
const hostile = {
  get list() {
    return fail();
  },
  proxy: new Proxy([], { get: fail, getOwnPropertyDescriptor: fail, ownKeys: fail, getPrototypeOf: fail, has: fail }),
  inner: { jobs: [] },
  view: new Uint8Array(8),
};
class Store {
  static all = [];
  #pending = {};
  rows = [];

  add = () => this.#pending;
}
class Late extends EventEmitter {
  queue = [];

  constructor() {
    super();
    this.flush = this.flush.bind(this);
  }

  flush() {
    return this.queue.length;
  }
}
const store = new Store();
hostile.inherits = Object.create(hostile.proxy);
const [listed] = [[]];
/** A variable of the same name, of a function. */
const lists = () => {
  const listed = [1, 2];
  return listed;
};
function collects() {
  const events = [];
  return (event) => events.push(event);
}
const collect = collects();
const large = {};
for (let i = 0; i < 6_000; i++) large[`key${i}`] = i;
const table = new Map([['a', { waiting: [] }]]);

function registry() {
  return registry.instances;
}
registry.instances = [];
function twice() {
  return twice.calls;
}
twice.calls = [];
twice.calls = [];

function memoize(make) {
  const results = {};
  return (key) => (results[key] ??= make(key));
}
const memoized = memoize(String);
memoized('a');

const make = vm.runInThisContext(`() => {
  const app = () => app.layers;
  app.layers = [];
  return app;
}`, { filename: '/srv/node_modules/framework/index.js' });
const app = make();
app.layers.push(() => app);

const emitter = new EventEmitter();
emitter.on('x', () => [byUser, sockets, hostile, store, table, memoized, Store, listed, lists, large, collect, registry, twice]);
hostile['x'.repeat(1_000)] = { list: [] };
const target = new EventTarget();
target.addEventListener('x', () => started);
const bound = new EventEmitter().on('x', new Late().flush);

/** What a walk finds, by name. */
function walked() {
  const found = new Map();
  const showAll = (see) => {
    for (const list of [app, emitter._events.x, bound._events.x]) see(1, list);
    for (const symbol of Object.getOwnPropertySymbols(target)) {
      const { value } = Object.getOwnPropertyDescriptor(target, symbol);
      if (symbol.description === 'kEvents') see(1, value.get('x').next);
    }
  };
  const { walk, samples } = createWalk(native, showAll, 400, new WeakSet(), createTableSize(native), (each) => found.set(each.name, each));
  while (!walk(2));
  return { found, samples };
}

describe('a walk through what a program reaches', () => {
  it('finds variables, properties, private and static fields, closures, and what listeners are bound to', () => {
    const { found } = walked();
    const wanted = {
      'byUser': byUser,
      'sockets': sockets,
      'started': started,
      'hostile.inner.jobs': hostile.inner.jobs,
      'store.rows': store.rows,
      'Store.all': Store.all,
      // The framework's function is met first, and named by the variable that holds it.
      'app.layers': app.layers,
      'table[…].waiting': table.get('a').waiting,
    };
    for (const [name, object] of Object.entries(wanted)) {
      assert.equal(found.get(name)?.object, object, `${name} of ${[...found.keys()].join(', ')}`);
      assert.equal(found.get(name).file, __filename);
    }
    assert.deepEqual(found.get('store.#pending').object, {});
    assert.deepEqual([found.get('results').kind, found.get('results').object], ['object', { a: 'a' }]);
    assert.deepEqual(found.get('Late.queue').object, []);
    assert.deepEqual([found.get('events').object, found.get('large').object], [[], large]);
  });

  it('has no long names, which would be data', () => {
    assert.ok([...walked().found.keys()].every((name) => name.length <= 200));
  });

  it("lists nothing of leakline's or Node's own", () => {
    const { found } = walked();
    const others = [...found.values()].filter(({ file }) => file.includes('/js/') || file.startsWith('node:'));
    assert.deepEqual(others.map(({ name }) => name), []);
  });

  it('goes on where something cannot be read', async () => {
    const file = path.join(temporaryFolder(), 'waits.mjs');
    fs.writeFileSync(file, "import * as self from './waits.mjs';\nglobalThis.unfinished = self;\nawait new Promise(() => {});\nexport let late = 1;\n");
    import(pathToFileURL(file)).catch(() => {});
    while (globalThis.unfinished === undefined) await new Promise(setImmediate);
    assert.throws(() => Object.getOwnPropertyDescriptor(globalThis.unfinished, 'late'), ReferenceError);
    assert.equal(walked().found.get('byUser').object, byUser);
    delete globalThis.unfinished;
  });

  it('takes up where it stopped, and changes nothing', () => {
    const shape = () => JSON.stringify([byUser, sockets, hostile.inner, store, Reflect.ownKeys(hostile), Reflect.ownKeys(globalThis).map(String)]);
    const before = shape();
    const found = new Set();
    const showAll = (see) => see(1, emitter._events.x);
    const { walk } = createWalk(native, showAll, 0, new WeakSet(), createTableSize(native), ({ name }) => found.add(name));
    for (let parts = 0; !walk(parts < 20 ? 0 : 2); parts++) assert.ok(parts < 20_000);
    assert.equal(shape(), before);
    for (const name of ['byUser', 'store.#pending', 'results']) assert.ok(found.has(name), name);
  });

  it('knows the line of a variable where the file is what runs', () => {
    const { found, samples } = walked();
    const { name, file } = found.get('hostile.inner.jobs');
    const sample = samples.get(file);
    const text = fs.readFileSync(file, 'utf8').split('\n');
    const lineAt = (of) => text[lineOf(of, file, sample).line - 1];
    assert.equal(lineAt(name), 'const hostile = {');
    assert.equal(lineAt('Store.all'), 'class Store {');
    assert.equal(lineAt('events'), '  const events = [];');
    assert.equal(lineAt('registry.instances'), 'registry.instances = [];');
    assert.equal(lineAt('twice.calls'), undefined);
    // Of two variables of a name the module's is outside of all braces: here it has no line that a text shows.
    assert.equal(lineAt('listed'), undefined);
    const unknown = [['exports.list', file, sample], [name, file, { ...sample, line: sample.line + 20 }], [name, file, { ...sample, beginning: 'other' }], [name, `${file}.missing`, sample], [name, file, undefined]];
    for (const each of unknown) assert.deepEqual(lineOf(...each), { function: null, file: each[1], line: 0, column: 0 });
  });
});

describe('the entries of an object', () => {
  const tableSize = createTableSize(native);
  // Elsewhere keys are listed.
  const skip = process.platform !== 'linux' || process.arch !== 'x64' ? 'the layout of this build was not looked into' : false;

  it('are read without a list of its keys', { skip }, () => {
    let seed = 4711;
    const next = (n) => (seed = (seed * 48_271) % 2_147_483_647) % n;
    for (let round = 0; round < 60; round++) {
      const object = round % 2 === 0 ? {} : Object.create(null);
      for (let i = next(3_000); i >= 0; i--) {
        if (next(20) === 0) delete object[Object.keys(object)[0]];
        else object[round % 3 === 0 ? next(2 ** 31) + 10 ** 6 : `key${next(10_000)}`] = i;
        if (i % 500 !== 0) continue;
        const size = tableSize(object);
        const { length } = Object.keys(object);
        assert.ok(size === length || size === 0, `${size} of ${length}`);
      }
      if (Object.keys(object).length > 1_200) assert.ok(tableSize(object) > 0);
    }
  });

  it('of another kind of object are none', { skip }, () => {
    const others = [[], new Map([[1, 2]]), () => {}, new Date(), new Proxy({}, {}), Buffer.alloc(9), new (class {})(), globalThis, process, Object.prototype];
    for (const each of others) assert.ok(tableSize(each) >= 0);
    for (const each of [1, 'x', null, undefined, Symbol.iterator, 1n]) assert.equal(native.tableSize(each), 0);
  });

  it('in a long list are not counted', { skip }, () => {
    const list = {};
    for (let i = 0; i < 300_000; i++) list[i] = list;
    assert.equal(tableSize(list), -1);
  });
});
