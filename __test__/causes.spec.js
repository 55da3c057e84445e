'use strict';

// Causes come before what hangs on them, in checks and in services.

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { PassThrough } = require('node:stream');
const { afterEach, beforeEach, describe, it } = require('node:test');

const { leakline, lineOf } = require('./support/recording');
const { temporaryFolder } = require('./support/run');

const here = (mark) => lineOf(__filename, mark);
/** With a warm-up of some calls, and without a census. */
const quick = { warmup: 3, rounds: 3, iterations: 3, census: false };
const causes = ({ leaks }) => leaks.filter(({ role }) => role === 'cause');
const shown = (leak) => `${leak.kind} ${leak.label}:${leak.stack.find(({ file }) => file === __filename)?.line}`;

afterEach(() => leakline.stop());

class Request extends PassThrough {
  constructor(signal) {
    super();
    this.tags = new Set();
    this.hooks = [];
    signal.addEventListener('abort', () => this.destroy()); // here: abort
    this.on('response', () => this.hooks.push(1));
    this.on('error', () => {});
    this.tags.add('get');
    this.hooks.push(0);
  }
}

async function request(signal) {
  const request = new Request(signal);
  request.end('x');
  request.resume();
  await new Promise((done) => request.on('close', done));
}

describe('a check of a request whose abort listener stays', () => {
  process.setMaxListeners(0);
  const options = {
    'as it is by default': {},
    'without a warm-up': { warmup: 0 },
    'without a warm-up, a call a round': { warmup: 0, iterations: 1 },
    'in two rounds': { warmup: 5, rounds: 2, iterations: 2 },
  };
  for (const [name, given] of Object.entries(options)) {
    it(name, async () => {
      const { signal } = new AbortController();
      require('node:events').setMaxListeners(0, signal);
      const result = await leakline.check(() => request(signal), given);
      assert.deepEqual(causes(result).map(shown), [`listener AbortSignal 'abort':${here('abort')}`], result.message);
      assert.equal(result.leaks[0].role, 'cause');
      assert.equal(result.leaks[0].perIteration, 1);
      assert.ok(result.leaks.length > 3, 'its listeners, its Set and its array grow as well');
      assert.match(result.message, /^leakline {2}1 leak in the application/);
      assert.match(result.message, /\n {3}keeps {4}\d more findings: listeners of\s+Request; .*\n? *they go when this is fixed/);
      const { fingerprint } = result.leaks[0];
      for (const { keptBy } of result.leaks.slice(1)) assert.deepEqual(keptBy, [fingerprint]);
      assert.ok(result.heap.lookMs > 0);
      assert.doesNotMatch(result.message, /prefinish/, "Node's own listeners are no findings");
      const all = leakline.report(result, { all: true });
      assert.match(all, /\n2 {2}listener '\w+' on Request/);
    });
  }
});

describe('a check distinguishes', () => {
  it('owners of different classes at one line, and lists events as details', async () => {
    class Bus extends EventEmitter {}
    const bus = new Bus().setMaxListeners(0);
    const other = new EventEmitter().setMaxListeners(0);
    const result = await leakline.check(() => {
      for (const each of [bus, other]) for (const event of ['a', 'b']) each.on(event, () => {}); // here: both
    }, quick);
    const line = here('both');
    assert.deepEqual(causes(result).map(shown).sort(), [`listener Bus 'a', 'b':${line}`, `listener EventEmitter 'a', 'b':${line}`]);
    assert.deepEqual(result.leaks.map(({ perIteration }) => perIteration), [2, 2]);
  });

  it('a class too many from eight', async () => {
    const makers = Array.from({ length: 11 }, (_, n) => ({ [`Bus${n}`]: class extends EventEmitter {} })[`Bus${n}`]);
    const buses = makers.map((Maker) => new Maker().setMaxListeners(0));
    const result = await leakline.check(() => buses.forEach((bus) => bus.on('x', () => {})), quick);
    const labels = causes(result).map(({ label }) => label);
    assert.equal(labels.length, 9, labels.join());
    const others = result.leaks.find(({ label }) => label.startsWith('others'));
    assert.equal(others.perIteration, 3, 'the sum of those that are not distinguished is their own');
  });

  it('lines of one event on the same emitter', async () => {
    const bus = new EventEmitter().setMaxListeners(0);
    const result = await leakline.check(() => {
      bus.on('x', () => {}); // here: one
      bus.on('x', () => {}); // here: two
    }, quick);
    assert.deepEqual(causes(result).map(shown).sort(), [`listener EventEmitter 'x':${here('one')}`, `listener EventEmitter 'x':${here('two')}`]);
  });
});

describe('a check with no cause among what is watched', () => {
  it('shows one finding for each set of owners', async () => {
    const kept = {};
    let n = 0;
    const result = await leakline.check(() => {
      const emitter = new EventEmitter();
      emitter.on('x', () => {}); // here: first
      emitter.on('x', () => {});
      kept[n++] = emitter;
    }, { ...quick, kinds: ['listener'] });
    assert.deepEqual(causes(result).map(shown), [`listener EventEmitter 'x':${here('first')}`]);
    assert.equal(result.leaks.length, 2);
  });

  it('puts a listener of Node\'s own last', async () => {
    const kept = {};
    let n = 0;
    const result = await leakline.check(() => { kept[n++] = new PassThrough(); }, { ...quick, kinds: ['listener'] });
    assert.ok(result.leaks.every(({ label }) => label.startsWith('PassThrough ')));
    assert.ok(causes(result).length <= 1);
  });
});

describe('a package that keeps what it hands out', () => {
  let folder;
  beforeEach(() => {
    folder = temporaryFolder();
    const keeper = path.join(folder, 'node_modules', 'keeper');
    fs.mkdirSync(keeper, { recursive: true });
    fs.writeFileSync(path.join(keeper, 'index.js'), `
const { EventEmitter } = require('node:events');
class Keeper {
  constructor() {
    this.used = [];
  }
  open() {
    const made = new EventEmitter();
    this.used.push(made);
    return made;
  }
}
module.exports = new Keeper();
`);
  });

  it('comes before the listeners that the application adds, and counts as its leak', async () => {
    const keeper = require(path.join(folder, 'node_modules', 'keeper'));
    const result = await leakline.check(() => { keeper.open().on('error', () => {}); });
    const [first, ...rest] = result.leaks;
    assert.deepEqual([first.label, first.role, first.growth], ['Array Keeper.used', 'cause', 'entries']);
    assert.deepEqual(rest.map(({ kind, role }) => [kind, role]), [['listener', 'consequence']]);
    assert.ok(result.leaked);
    assert.match(result.message, /^leakline {2}1 leak in the application/);
  });
});

describe('timers, handles and entries', () => {
  it('are causes, and what hangs on them is not', async () => {
    const cache = new Map();
    const timers = [];
    let n = 0;
    const result = await leakline.check(() => {
      const emitter = new EventEmitter().on('x', () => {});
      const own = new Map([['a', emitter]]);
      cache.set(n++, own);
      timers.push(setInterval(() => own, 1e6));
    }, { ...quick, kinds: ['listener', 'map', 'interval'] });
    timers.forEach(clearInterval);
    assert.deepEqual(causes(result).map(({ kind }) => kind).sort(), ['interval', 'map'].slice(0, causes(result).length).sort());
    assert.equal(result.leaks[0].kind, 'interval');
    assert.ok(result.leaks.filter(({ role }) => role === 'consequence').every(({ kind }) => kind === 'listener' || kind === 'map'));
  });
});

describe('a snapshot of a service', () => {
  it('knows listeners that came with their owner from those that pile up on an old one', async () => {
    leakline.start({ mode: 'full' });
    const bus = new EventEmitter().setMaxListeners(0);
    bus.on('old', () => {});
    await new Promise((done) => setTimeout(done, 1_300));
    const kept = [];
    for (let n = 0; n < 50; n++) {
      bus.on('x', () => {}); // here: piles
      kept.push(new EventEmitter().on('x', () => {})); // here: comes
    }
    const roles = leakline.snapshot().sites.filter(({ kind }) => kind === 'listener').map((site) => [site.role, site.origin?.line]);
    assert.ok(roles.some(([role, line]) => role === 'cause' && line === here('piles')), JSON.stringify(roles));
    assert.ok(roles.some(([role, line]) => role === 'consequence' && line === here('comes')), JSON.stringify(roles));
    assert.equal(kept.length, 50);
  });
});
