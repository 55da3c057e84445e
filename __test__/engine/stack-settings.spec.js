'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const { afterEach, describe, it } = require('node:test');

const { recording } = require('../support/recording');
const { inChild } = require('../support/child');

const KEYS = ['prepareStackTrace', 'stackTraceLimit'];
const originals = KEYS.map((key) => [key, Object.getOwnPropertyDescriptor(Error, key)]);

afterEach(() => {
  for (const [key, descriptor] of originals) {
    if (descriptor === undefined) delete Error[key];
    else Object.defineProperty(Error, key, descriptor);
  }
});

/** How Error is set: a getter that counts must not be called for this. */
const settings = () => KEYS.map((key) => Object.getOwnPropertyDescriptor(Error, key));
const define = (key, descriptor) => Object.defineProperty(Error, key, { configurable: true, ...descriptor });

/** Registers something, whose stack is taken. */
function register() {
  return new EventEmitter().on('x', () => {});
}

const states = {
  'as Node sets them': () => {},
  'without prepareStackTrace': () => delete Error.prepareStackTrace,
  'with prepareStackTrace undefined': () => (Error.prepareStackTrace = undefined),
  'with one of the program': () => (Error.prepareStackTrace = (error) => `mine: ${error.message}`),
  'with one that throws': () => (Error.prepareStackTrace = () => { throw new Error('mine'); }),
  'with one that is no function': () => (Error.prepareStackTrace = 'none'),
  'without stackTraceLimit': () => delete Error.stackTraceLimit,
  'with a limit of 0': () => (Error.stackTraceLimit = 0),
  'with a limit of 1': () => (Error.stackTraceLimit = 1),
  'with a limit of Infinity': () => (Error.stackTraceLimit = Infinity),
  'with a limit that is no number': () => (Error.stackTraceLimit = 'many'),
  'with both as accessors': () => {
    let [prepare, limit] = [undefined, 10];
    define('prepareStackTrace', { get: () => prepare, set: (value) => (prepare = value) });
    define('stackTraceLimit', { get: () => limit, set: (value) => (limit = value) });
  },
  'with one that is not enumerable': () => define('prepareStackTrace', { value: () => 'mine', writable: true, enumerable: false }),
};

describe("V8's settings for stacks", () => {
  for (const [what, set] of Object.entries(states)) {
    it(`are used and put back ${what}`, async () => {
      let e;
      const { sites, result } = await recording(() => {
        set();
        const before = settings();
        e = register();
        return [before, settings()];
      });
      assert.deepEqual(result[1], result[0]);
      assert.equal(sites.length, 1, 'and the stack was taken');
      assert.ok(sites[0].stack.length > 1);
      assert.ok(e);
    });
  }

  for (const [what, set] of Object.entries({
    'cannot be written': () => KEYS.forEach((key) => define(key, { value: Error[key], writable: false })),
    'throw when they are read': () => KEYS.forEach((key) => define(key, { get() { throw new Error('mine'); } })),
    'throw when they are written': () => KEYS.forEach((key) => define(key, { get: () => undefined, set() { throw new Error('mine'); } })),
    'have a getter only': () => KEYS.forEach((key) => define(key, { get: () => undefined })),
  })) {
    it(`that ${what} do no harm`, async () => {
      const { result } = await recording(() => {
        set();
        const before = settings();
        const [e, timer, map] = [register(), setTimeout(() => {}, 1e6), new Map([[1, 2]])];
        clearTimeout(timer);
        return [before, settings(), e.listenerCount('x'), map.size];
      });
      assert.deepEqual(result[1], result[0]);
      assert.deepEqual(result.slice(2), [1, 1]);
    });
  }

  it("are the program's while its own code runs", async () => {
    Error.prepareStackTrace = (error, frames) => `mine ${frames.length > 0}`;
    Error.stackTraceLimit = 3;
    const seen = [];
    await recording(() => {
      const e = new EventEmitter();
      e.on('newListener', () => seen.push(new Error('x').stack));
      e.on('x', () => seen.push(new Error('x').stack)).emit('x');
      class Sub extends Map {
        set(...args) {
          seen.push(new Error('x').stack);
          return super.set(...args);
        }
      }
      new Sub([[1, 1]]);
    });
    assert.deepEqual(seen, ['mine true', 'mine true', 'mine true']);
  });

  it("do not call the program's prepareStackTrace for leakline's stacks", async () => {
    let calls = 0;
    Error.prepareStackTrace = () => String(calls++);
    await recording(() => void register());
    Error.prepareStackTrace = undefined;
    assert.equal(calls, 0);
  });

  it('that are accessors are not set', async () => {
    const set = [];
    define('prepareStackTrace', { get: () => undefined, set: (value) => set.push(value) });
    await recording(() => void register());
    assert.deepEqual(set, []);
  });

  it('leave source maps to Node', async () => {
    const { value, stderr } = await inChild('starts-only.js', { execArgv: ['--enable-source-maps'], args: ['full'] });
    assert.equal(value, 'started', stderr);
  });

  it('do no harm where Error is frozen', async () => {
    const { value } = await inChild('frozen-error.js');
    assert.deepEqual([value.counts, value.emitted], ['1 registered, 1 live', true]);
    assert.match(value.notes.join(), /stacks cannot be captured/);
  });
});
