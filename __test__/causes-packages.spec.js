'use strict';

// Leaks of packages, and of resources that are kept: each is reported once, with the advice that helps.

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const http = require('node:http');
const { after, afterEach, describe, it } = require('node:test');
const zlib = require('node:zlib');

const { leakline, lineOf } = require('./support/recording');
const { installed } = require('./support/small-packages');

const here = (mark) => lineOf(__filename, mark);
const counted = { warmup: 4, rounds: 2, iterations: 3 };
const quick = { ...counted, census: false };
const causes = ({ leaks }) => leaks.filter(({ role }) => role === 'cause');
const lineIn = ({ stack, topInserter }) => [...(topInserter?.stack ?? []), ...stack].find(({ file }) => file === __filename)?.line;
/** The report in one line, so that it may be wrapped anywhere. */
const flat = ({ message }) => message.replace(/\s+/g, ' ');

afterEach(() => leakline.stop());

/** Small packages, version 1.2.3 each, by name. */
const packages = {
  // Three events at three lines.
  helper: "module.exports = (emitter) => {\n  const seen = () => {};\n  emitter.on('open', seen);\n  emitter.on('error', seen);\n  emitter.on('close', seen);\n};",
  meter: "const records = [];\nexports.collect = () => { records.push({ values: new Map([['a', 1]]) }); };",
  pipes: "const used = [];\nexports.open = () => {\n  used.push({});\n};",
  signals: "module.exports = (signal) => { signal.addEventListener('abort', () => {}); };",
  inner: 'module.exports = class Inner { constructor() { this.table = new Map(); } };',
  outer: "const Inner = require('inner');\nconst all = new Set();\nexports.model = () => { all.add(new Inner()); };",
};

describe('a leak of a package', () => {
  const loaded = installed(packages);

  it('whose list an ordinary call fills is for its authors', async () => {
    const result = await leakline.check(() => loaded.meter.collect(), counted);
    assert.deepEqual(causes(result).map(({ label }) => label), ['Array records'], result.message);
    assert.match(flat(result), /fix kept by meter 1\.2\.3 at index\.js:2: look for a newer version, or report it/);
    assert.match(flat(result), /keeps 1 more finding: Map at index\.js:2; it goes when this is fixed/);
  });

  it('whose list is filled by a call that has a counterpart names that', async () => {
    const result = await leakline.check(() => {
      loaded.pipes.open();
    }, counted);
    assert.deepEqual(causes(result).map(({ label }) => label), ['Array used'], result.message);
    assert.match(flat(result), /fix call the counterpart of this call into pipes 1\.2\.3 .* so that its entries are deleted/);
  });

  it('names the package that is called, and the one that keeps', async () => {
    leakline.start({ mode: 'full' });
    const result = await leakline.check(() => loaded.outer.model(), quick);
    assert.equal(causes(result).length, 1, result.message);
    assert.match(flat(result), /kept by outer 1\.2\.3 at index\.js:\d/);
    assert.doesNotMatch(flat(result), /into inner/);
  });

  it('of an ordinary call with a signal does not ask for what there is not', async () => {
    const { signal } = new AbortController();
    require('node:events').setMaxListeners(0, signal);
    const result = await leakline.check(() => {
      loaded.signals(signal); // here: signals
    }, quick);
    assert.deepEqual(causes(result).map(lineIn), [here('signals')], result.message);
    assert.match(flat(result), /fix kept by signals 1\.2\.3 at index\.js:1: look for a newer version, or report it/);
  });

  it('does not sum events, nor come before what keeps the emitters', async () => {
    const kept = [];
    const result = await leakline.check(() => {
      const emitter = new EventEmitter();
      kept.push(emitter);
      loaded.helper(emitter);
    }, counted);
    assert.deepEqual(causes(result).map(({ kind, label }) => `${kind} ${label}`), ['array Array kept'], result.message);
    assert.deepEqual(result.leaks.filter(({ kind }) => kind === 'listener').map(({ perIteration }) => perIteration), [1, 1, 1]);
  });
});

describe('a resource that is kept is reported once, with what holds it', () => {
  const cases = {
    'a Gzip in an object': [() => ({}), (kept, n) => {
      kept[n] = zlib.createGzip(); // here: object
    }, 'handle Gzip', /^Object kept at /],
    'a Gzip in a Map': [() => new Map(), (kept, n) => {
      kept.set(n, zlib.createGzip()); // here: map
    }, 'handle Gzip', /^Map at /],
    'an interval in an array': [() => [], (kept) => {
      kept.push(setInterval(() => {}, 1e6)); // here: array
    }, 'interval setInterval 1000000 ms', /^Array kept at /],
  };
  for (const [what, [make, fill, expected, holder]] of Object.entries(cases)) {
    it(what, async () => {
      leakline.start({ mode: 'full' });
      const kept = make();
      let n = 0;
      const result = await leakline.check(() => fill(kept, n++), kept instanceof Map ? quick : counted);
      const [first, ...others] = causes(result);
      const all = kept instanceof Map ? [...kept.values()] : Object.values(kept);
      for (const each of all) typeof each.close === 'function' && each._handle !== undefined ? each.close() : clearInterval(each);
      assert.equal(`${first.kind} ${first.label}`, expected, result.message);
      assert.equal(lineIn(first), here(what.split(' ').pop().toLowerCase()));
      assert.deepEqual(others, [], result.message);
      assert.match(first.heldBy, holder);
      assert.doesNotMatch(result.message, /prefinish|grew as well/);
    });
  }

  it('an Agent for each request: its sockets are parts of it', async () => {
    const server = http.createServer((_, response) => response.end('ok'));
    server.keepAliveTimeout = 0;
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const agents = [];
    const { port } = server.address();
    const result = await leakline.check(() => new Promise((resolve, reject) => {
      const agent = new http.Agent({ keepAlive: true }); // here: agent
      agents.push(agent);
      http.get({ port, host: '127.0.0.1', agent }, (response) => response.resume().on('end', resolve)).on('error', reject);
    }), { ...quick, kinds: ['handle', 'listener'] });
    agents.forEach((agent) => agent.destroy());
    server.close();
    assert.equal(lineIn(result.leaks[0]), here('agent'), result.message);
    assert.match(flat(result), /share one Agent/);
    assert.doesNotMatch(flat(result), /read each response to its end/);
  });
});

describe('two leaks in one program', () => {
  const bus = new EventEmitter().setMaxListeners(0);
  const controller = new AbortController();
  require('node:events').setMaxListeners(0, controller.signal);
  let cache;
  const timers = [];
  const zips = [];
  after(() => {
    timers.forEach(clearInterval);
    zips.forEach((zip) => zip.close());
  });

  /** Each keeps something that grows as well. */
  const leaks = {
    listener(n) {
      const own = new Map([[n, n]]);
      bus.on('x', () => own); // here: listener
    },
    signal(n) {
      const emitter = new EventEmitter().on('y', () => n);
      controller.signal.addEventListener('abort', () => emitter); // here: signal
    },
    interval(n) {
      const own = new Set([n]);
      timers.push(setInterval(() => own, 1e6)); // here: interval
    },
    entries(n) {
      const emitter = new EventEmitter().on('z', () => n);
      cache.set({}, emitter); // here: entries
    },
    handle() {
      zips.push(zlib.createGzip().on('data', () => {})); // here: handle
    },
  };
  const pairs = [['listener', 'entries'], ['signal', 'interval'], ['handle', 'signal'], ['entries', 'interval']];
  for (const [one, other] of pairs) {
    it(`${one} and ${other}: both causes are shown, before anything else`, async () => {
      leakline.start({ mode: 'full' });
      cache = new Map();
      let n = 0;
      const result = await leakline.check(() => {
        leaks[one](n++);
        leaks[other](n++);
      }, { ...quick, kinds: ['listener', 'map', 'set', 'interval', 'handle'] });
      const lines = result.leaks.slice(0, 2).map(lineIn).sort();
      assert.deepEqual(lines, [here(one), here(other)].sort(), result.message);
      assert.equal(causes(result).length, 2, result.message);
    });
  }
});
