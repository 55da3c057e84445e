'use strict';

// A line that did not run in the rounds is never named; what is named holds, makes or fills.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { EventEmitter } = require('node:events');
const { afterEach, describe, it } = require('node:test');

const { leakline, lineOf } = require('../support/recording');

const options = { warmup: 2, rounds: 3, iterations: 4, kinds: ['array', 'object'] };
const here = (mark) => lineOf(__filename, mark);
/** `kind heldBy growth line inserter's line` each. */
const of = ({ leaks }) => leaks.map(({ kind, heldBy, growth, origin, topInserter }) =>
  [kind, heldBy, growth, origin.line, topInserter?.stack[0].line]).sort();

// Made once, when this file is loaded.
const EXAMPLE = { rowsOfReply: [1, 2, 3] };
function neverCalled() {
  return { rowsOfOther: [] };
}
const received = {}; // here: table of replies
const others = {}; // here: table of others
const made = {}; // here: table of made
const byName = Object.create(null); // here: without a prototype
const registry = { byId: {} }; // here: in an object
const table = Object.create(null);
const addToTable = (key) => (table[key] = {});
let next = 0;

class Store {
  constructor() {
    this.sessions = {}; // here: of a class
  }
  add(value) {
    this.sessions[`session:${next++}`] = value; // here: inserts in a class
  }
}
const store = new Store();

afterEach(() => leakline.stop());

describe('check() names for arrays that pile up', () => {
  it('who holds those that JSON.parse made, and no literal that did not run', async () => {
    const result = await leakline.check(() => {
      received[next++] = JSON.parse('{"rowsOfReply":[4,5,6]}'); // here: receives
    }, options);
    assert.deepEqual(of(result), [
      ['array', 'received[…].rowsOfReply', 'instances', here('table of replies'), undefined],
      ['object', 'received', 'entries', here('table of replies'), here('receives')],
    ], result.message);
    assert.match(leakline.report(result, { all: true }), /made elsewhere \(JSON\.parse\?\)/);
    assert.ok(result.leaks.find(({ kind }) => kind === 'array').madeElsewhere);
    assert.equal(EXAMPLE.rowsOfReply.length, 3);
  });

  it('no literal of a function that nobody called', async () => {
    const result = await leakline.check(() => void (others[next++] = JSON.parse('{"rowsOfOther":[4,5,6]}')), options);
    assert.ok(!result.leaks.some(({ origin }) => origin.line === here('table of others') - 2), result.message);
    assert.ok(result.leaks.some(({ heldBy }) => heldBy === 'others[…].rowsOfOther'));
    assert.equal(typeof neverCalled, 'function');
  });

  it('the literal, where that ran', async () => {
    const make = () => ({ rowsOfMade: [1] }); // here: literal that ran
    const result = await leakline.check(() => void (made[next++] = make()), options);
    const array = result.leaks.find(({ kind }) => kind === 'array');
    assert.deepEqual([array.origin.line, array.madeElsewhere], [here('literal that ran'), undefined], result.message);
  });

  it('no list of listeners: those are reported as listeners', async () => {
    const kept = {};
    const result = await leakline.check(() => {
      kept[next++] = new EventEmitter().on('x', () => {}).on('x', () => {});
    }, options);
    assert.deepEqual(result.leaks.map(({ heldBy }) => heldBy), ['kept'], result.message);
  });
});

describe('check() finds the listeners of emitters that are not Node\'s', () => {
  for (const [what, make] of Object.entries({
    'in a plain object': () => ({}),
    'in an object of a class without a prototype': () => Object.create(Object.create(null)),
  })) {
    it(`${what}, where they pile up`, async () => {
      class Signals {
        constructor() {
          this._events = make();
        }
        on(event, fn) {
          (this._events[event] ??= []).push(fn);
        }
      }
      const signals = new Signals();
      signals.on('a', () => {});
      const result = await leakline.check(() => signals.on('a', () => {}), options); // here: listens, either
      const [array] = result.leaks;
      assert.deepEqual([array?.kind, array?.growth], ['array', 'entries'], result.message);
      assert.ok([array.origin, ...array.topInserter.stack].some(({ line }) => line === here('listens, either')), result.message);
    });
  }
});

describe('check() finds objects that are used as Maps', () => {
  const cases = {
    'of a class': ['Store.sessions', () => store.add(1), here('of a class'), here('inserts in a class')],
    'without a prototype': ['byName', () => void (byName[`name:${next++}`] = {}), here('without a prototype')],
    'in an object': ['registry.byId', () => void (registry.byId[next++] = 1), here('in an object')],
  };
  for (const [what, [heldBy, fn, line, inserter]] of Object.entries(cases)) {
    it(what, async () => {
      const result = await leakline.check(fn, options);
      const [leak] = result.leaks;
      assert.equal(result.leaks.length, 1, result.message);
      assert.deepEqual([leak.kind, leak.growth, leak.perIteration, leak.origin.line], ['object', 'entries', 1, line]);
      if (inserter !== undefined) {
        assert.equal(leak.heldBy, heldBy);
        assert.equal(leak.topInserter.stack[0].line, inserter);
        assert.match(result.message, /fix {3}delete properties from census-lines\.spec\.js/);
      }
    });
  }

  it('and says nothing of one that is bounded, replaced, or of a new one each time', async () => {
    const bounded = {};
    const state = { last: null };
    const result = await leakline.check(() => {
      bounded[next++] = 1;
      const keys = Object.keys(bounded);
      if (keys.length > 5) delete bounded[keys[0]];
      state.last = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}:${next}`, i]));
    }, { ...options, warmup: 10 });
    assert.deepEqual(result.leaks, [], result.message);
  });
});

describe('check() knows of an array', () => {
  it('that holes are no entries', async () => {
    const slots = [];
    const result = await leakline.check(() => {
      slots[slots.length] = {};
      delete slots[slots.length - 1];
    }, options);
    assert.deepEqual(result.leaks, [], result.message);
  });

  it('that is sparse what it gains', async () => {
    const slots = [];
    const result = await leakline.check(() => {
      slots.length += 2;
      slots.push({});
    }, options);
    assert.deepEqual(result.leaks.map(({ heldBy, perIteration }) => [heldBy, perIteration]), [['slots', 1]], result.message);
  });

  it('of the children of a module which require() adds to it', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakline-reload-'));
    const file = path.join(folder, 'rules.js');
    fs.writeFileSync(file, 'exports.rules = 1;');
    const result = await leakline.check(() => {
      delete require.cache[file];
      require(file); // here: reloads
    }, options);
    fs.rmSync(folder, { recursive: true });
    assert.deepEqual(of(result), [['array', 'module.children', 'entries', here('reloads'), here('reloads')]], result.message);
    assert.match(result.message, /take it out of module\.children as well as out of require\.cache/);
  });

  it('of a package which variable it is', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakline-package-'));
    const file = path.join(folder, 'node_modules', 'keeper', 'index.js');
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, '// first\nconst kept = [];\nexports.keep = (value) => { kept.push(value); };\n');
    const { keep } = require(file);
    const result = await leakline.check(() => keep({}), options);
    fs.rmSync(folder, { recursive: true });
    assert.deepEqual(of(result).map((each) => each.slice(0, 4)), [['array', 'kept', 'entries', 2]], result.message);
  });
});

describe('a census of a snapshot', () => {
  it('lists objects used as Maps, by the variable that holds them, and how much they grew', () => {
    for (let i = 0; i < 3_000; i++) addToTable(`key:${i}`);
    leakline.start({ mode: 'counts', minSize: 2_000 });
    const find = () => leakline.snapshot({ census: true }).census.largest.find(({ size }) => size >= 3_000 && size < 3_100);
    assert.deepEqual(find(), { kind: 'object', class: 'Object', size: 3_000, heldBy: 'table', elements: 'Object' });
    for (let i = 0; i < 7; i++) addToTable(`more:${i}`);
    assert.equal(find().grewBy, 7);
  });
});
