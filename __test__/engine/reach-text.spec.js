'use strict';

// What the walk reads in source text: which line fills an object, in which function, and which function has made an entry.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const native = require('../../js/base/native').load();
const { functionAround } = require('../../js/census/enclosing');
const { insertionOf } = require('../../js/census/reach/inserts');
const { madeBy, madeIn } = require('../../js/census/reach/makers');
const { temporaryFolder } = require('../support/run');

const folder = temporaryFolder();
let files = 0;

/** A file of this text, and a sample of its first function, called `first`. */
function written(text, ...variables) {
  const file = path.join(folder, `text-${files++}.js`);
  const whole = `function first() {}\n${text}`;
  fs.writeFileSync(file, whole);
  return [file, { beginning: 'function first() {}', line: 0, column: 14, variables: new Set(variables) }];
}

describe('the function around a place in a text', () => {
  const names = {
    'function a() { if (x) { @ } }': 'a',
    'const b = (k, v) => { for (;;) { @ } };': 'b',
    'const b = async x => { y.map((v) => v + 1); @ }': 'b',
    'class S { add(k, v) { this.x; @ } }': 'add',
    'exports.h = async function (a, { b }) { const { c } = a; @ }': 'h',
    'const o = { get: function () { @ } }': 'get',
    'function* g(a = () => {}) { @ }': 'g',
    'app.get("/", (req) => { @ })': null,
    'const o = { c(k) { return () => { try { @ } finally {} } } }': null,
    'function g() { return list.forEach(function (e) { @ }) }': null,
    'a();\n@': null,
    'const q = (k) => @;': undefined,
    'const f = (x) => x\n@': undefined,
  };
  for (const [text, name] of Object.entries(names)) {
    it(`${text.replace('\n', ' ')}: ${name}`, () => assert.equal(functionAround(text.replace('@', ' '), text.indexOf('@')), name));
  }
});

describe('the line that fills an object', () => {
  const of = (name, text) => {
    const [file, sample] = written(text, /^\w+/.exec(name)[0]);
    const frame = insertionOf(name, file, sample);
    return frame === null ? null : [frame.function, frame.line, frame.column];
  };

  it('is the only one of its module', () => {
    assert.deepEqual(of('cache', 'const cache = {};\nfunction put(k) {\n  cache[k] = 1;\n  return cache.size + Object.keys(cache).length;\n}'), ['put', 4, 3]);
    assert.deepEqual(of('state.byUser', 'const state = { byUser: {}, n: 0 };\nconst put = (k) => {\n  state.byUser[k] ??= {};\n  delete state.byUser.x;\n};'), ['put', 4, 9]);
    assert.deepEqual(of('seen', 'let seen = Object.create(null);\nfunction see(k) { seen[k] = true; }\nfunction reset() { seen = {}; }'), ['see', 3, 19]);
  });

  const unknown = {
    'two lines': ['cache', 'const cache = {};\nfunction a(k) { cache[k] = 1; }\nfunction b(k) { cache[k] = 2; }'],
    'one that passes it on': ['cache', 'const cache = {};\nfunction a(k) { cache[k] = 1; fill(cache); }'],
    'one that exports it': ['cache', 'const cache = {};\nfunction a(k) { cache[k] = 1; }\nmodule.exports = { cache };'],
    'one that names it again': ['cache', 'const cache = {};\nfunction a(k) { cache[k] = 1; }\nconst other = cache;'],
    'what somebody else has made': ['cache', 'const cache = require("x");\nfunction a(k) { cache[k] = 1; }'],
    'an arrow function without braces': ['cache', 'const cache = {};\nconst a = (k) => (cache[k] = 1);'],
    'no line at all': ['cache', 'const cache = {};'],
    'a property that is passed on': ['state.byUser', 'const state = { byUser: {} };\nfunction a(k) { state.byUser[k] = 1; fill(state.byUser); }'],
    'an object that is passed on': ['state.byUser', 'const state = { byUser: {} };\nfunction a(k) { state.byUser[k] = 1; fill(state); }'],
    'a longer name': ['state.a.b', 'const state = { a: { b: {} } };\nfunction a(k) { state.a.b[k] = 1; }'],
  };
  for (const [what, [name, text]] of Object.entries(unknown)) it(`is not known of ${what}`, () => assert.equal(of(name, text), null));

  it('is not known where the file is not what runs, or the variable is not the module\'s', () => {
    const [file, sample] = written('const cache = {};\nfunction put(k) { cache[k] = 1; }', 'cache');
    assert.notEqual(insertionOf('cache', file, sample), null);
    assert.equal(insertionOf('cache', file, { ...sample, beginning: 'function other() {}' }), null);
    assert.equal(insertionOf('cache', file, { ...sample, variables: new Set() }), null);
    assert.equal(insertionOf('cache', `${file}.gone`, sample), null);
  });
});

describe('the function that has made an entry', () => {
  const source = 'class Order { constructor(id) { this.id = id; } }\nfunction keep(id) {\n  const order = { id, text: `v${id}` };\n  list.push(() => order.id, new Order(id));\n}\nfunction other() { return { id: 1 }; }\nconst short = (id) => ({ id, rows: [] });';
  const [file, sample] = written(source);
  const { Order, keep, list, short } = new Function(`const list = [];\n${source}\nreturn { Order, keep, list, short };`)();
  keep(1);
  const at = (name, text) => {
    const before = fs.readFileSync(file, 'utf8').split(text)[0].split('\n');
    return { function: name, file, line: before.length, column: before.at(-1).length + text.length };
  };
  const inKeep = at('keep', 'keep(');
  const inOther = at('other', 'other(');
  const inShort = at(null, '= (');
  const is = (made, frame) => madeIn([null, made], frame, sample) === 1;

  it('has its closure, its class or its literal in it', () => {
    const closure = madeBy(native, list[0]);
    assert.ok(is(closure, inKeep) && !is(closure, inOther));
    const instance = { className: 'Order', file };
    assert.ok(is(instance, inKeep) && is(instance, { function: 'Order', file, line: 2, column: 26 }) && !is(instance, inOther));
    const literal = madeBy(native, { id: 1, text: '' });
    assert.ok(is(literal, inKeep) && !is(literal, inOther) && !is(literal, inShort));
    assert.ok(is(madeBy(native, short(1)), inShort));
  });

  it('is not known of what could be made anywhere, and nothing of the program runs for it', () => {
    const fail = () => assert.fail('code of the program ran');
    for (const entry of [1, 'text', null, undefined, {}, { id: 1 }, [], new Map(), () => 1, new Proxy({}, { get: fail, getPrototypeOf: fail, ownKeys: fail })]) assert.equal(madeBy(native, entry), null);
    class Invoice {}
    assert.deepEqual(madeBy(native, new Invoice()), { className: 'Invoice', file: __filename });
    assert.equal(madeBy(native, new Order(1)), null, 'its code has no file');
    assert.equal(is({ keys: ['id', 'text'] }, { ...inKeep, file: `${file}.gone` }), false);
  });
});
