'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const timers = require('node:timers');
const { afterEach, describe, it } = require('node:test');

const { leakline, recording } = require('../support/recording');
const { places, placesNow } = require('../support/reflection');

const f = () => {};
const HOUR = 3_600_000;
const originals = placesNow();

// The functions that others like to patch, and a call of each.
const patchable = {
  'EventEmitter.prototype.on': [EventEmitter.prototype, 'on', () => new EventEmitter().on('x', f)],
  'EventEmitter.prototype.off': [EventEmitter.prototype, 'off', () => new EventEmitter().off('x', f)],
  'EventEmitter.prototype.removeAllListeners': [EventEmitter.prototype, 'removeAllListeners', () => new EventEmitter().removeAllListeners()],
  'globalThis.setTimeout': [globalThis, 'setTimeout', () => clearTimeout(setTimeout(f, HOUR))],
  'timers.setInterval': [timers, 'setInterval', () => clearInterval(timers.setInterval(f, HOUR))],
  'globalThis.setImmediate': [globalThis, 'setImmediate', () => clearImmediate(setImmediate(f))],
  'globalThis.clearTimeout': [globalThis, 'clearTimeout', () => clearTimeout(setTimeout(f, HOUR))],
  'globalThis.Map': [globalThis, 'Map', () => new Map()],
  'globalThis.Set': [globalThis, 'Set', () => new Set()],
};

/** A patcher as most are written: it keeps what it found and puts that back. */
function patcher(holder, key) {
  const found = holder[key];
  const calls = [];
  const patched = key === 'Map' || key === 'Set'
    ? class extends found {
      constructor(...args) {
        super(...args);
        calls.push(key);
      }
    }
    : function (...args) {
      calls.push(key);
      return found.apply(this, args);
    };
  holder[key] = patched;
  return { patched, calls, unpatch: () => (holder[key] = found) };
}

afterEach(() => {
  leakline.stop();
  for (const [name, holder, key] of places) {
    if (originals.get(name) !== undefined) Object.defineProperty(holder, key, originals.get(name));
  }
});

for (const [name, [holder, key, call]] of Object.entries(patchable)) {
  const original = originals.get(name).value;

  describe(`${name} with another patcher:`, () => {
    it('it over us, stop, it out: after the next call the original is back', () => {
      leakline.start({ mode: 'full' });
      const other = patcher(holder, key);
      leakline.stop();
      assert.equal(holder[key], other.patched, 'what is not ours is left');
      call();
      assert.equal(other.calls.length, 1, 'and works');
      other.unpatch();
      call();
      assert.equal(holder[key], original);
    });

    it('it over us, it out, stop', () => {
      leakline.start({ mode: 'full' });
      const other = patcher(holder, key);
      call();
      other.unpatch();
      leakline.stop();
      assert.equal(other.calls.length, 1);
      assert.equal(holder[key], original);
    });

    it('it, we over it, stop, it out', () => {
      const other = patcher(holder, key);
      leakline.start({ mode: 'full' });
      call();
      leakline.stop();
      assert.equal(holder[key], other.patched);
      assert.ok(other.calls.length >= 1);
      other.unpatch();
      assert.equal(holder[key], original);
    });

    it('it, we over it, it out, stop: it has taken us out as well', () => {
      const other = patcher(holder, key);
      leakline.start({ mode: 'full' });
      other.unpatch();
      call();
      leakline.stop();
      assert.equal(holder[key], original);
    });

    it('it over us, stop, start, it out, stop', () => {
      leakline.start({ mode: 'full' });
      const other = patcher(holder, key);
      leakline.stop();
      leakline.start({ mode: 'full' });
      call();
      other.unpatch();
      leakline.stop();
      call();
      call();
      assert.equal(holder[key], original);
    });
  });
}

describe('what is counted with another patcher', () => {
  const lines = {
    listener: () => new EventEmitter().on('x', f),
    timeout: () => setTimeout(f, HOUR),
    interval: () => timers.setInterval(f, HOUR),
    immediate: () => setImmediate(f),
    map: () => new Map(),
    set: () => new Set(),
  };
  const patchAll = () => ['EventEmitter.prototype.on', 'globalThis.setTimeout', 'timers.setInterval', 'globalThis.setImmediate', 'globalThis.Map', 'globalThis.Set']
    .map((name) => patcher(patchable[name][0], patchable[name][1]));
  const act = () => Object.fromEntries(Object.entries(lines).map(([kind, make]) => [kind, make()]));
  const end = ({ timeout, interval, immediate }) => [clearTimeout(timeout), clearInterval(interval), clearImmediate(immediate)];

  for (const [what, wanted, record] of [
    ['before us: each once', ['listener', 'timeout', 'interval', 'immediate'], () => [patchAll(), recording(act)]],
    ['over us: each once', Object.keys(lines), () => [null, recording(() => [patchAll(), act()][1])]],
  ]) {
    it(what, async () => {
      const { result, counts } = await record()[1];
      end(result);
      for (const kind of wanted) assert.deepEqual(counts[kind], { registered: 1, released: 0, collected: 0, live: 1 }, kind);
    });
  }

  it('who replaced Map before us is reported in a note', async () => {
    patcher(globalThis, 'Map');
    const { notes, result } = await recording(() => new Set());
    assert.ok(notes.some((note) => /^not seen: Map/.test(note)), notes.join());
    assert.ok(result instanceof Set);
  });
});

describe('fake timers', () => {
  /** As sinon and Jest do it: own functions that never reach the real ones. */
  function fakeTimers() {
    const keys = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'];
    const real = keys.map((key) => [key, Object.getOwnPropertyDescriptor(globalThis, key)]);
    const set = [];
    for (const key of keys) globalThis[key] = key.startsWith('set') ? (callback) => set.push(callback) : () => {};
    return { set, restore: () => real.forEach(([key, descriptor]) => Object.defineProperty(globalThis, key, descriptor)) };
  }

  it('are left alone, not counted, and leave us in place when they go', async () => {
    const { counts, result } = await recording((look) => {
      const ours = globalThis.setTimeout;
      const fake = fakeTimers();
      assert.equal(setTimeout(f, HOUR), 1);
      assert.equal(setInterval(f, HOUR), 2);
      const { counts: during } = look();
      fake.restore();
      assert.equal(globalThis.setTimeout, ours);
      return [setTimeout(f, HOUR), during];
    });
    clearTimeout(result[0]);
    assert.deepEqual(result[1], {});
    assert.equal(counts.timeout.live, 1);
  });

  it('that stay beyond stop() put back our function: it is gone after its next call', () => {
    leakline.start({ mode: 'full' });
    const fake = fakeTimers();
    leakline.stop();
    assert.equal(setTimeout(f), 1, 'still theirs');
    fake.restore();
    clearTimeout(setTimeout(f, HOUR));
    assert.equal(globalThis.setTimeout, originals.get('globalThis.setTimeout').value);
    assert.equal(globalThis.clearTimeout, originals.get('globalThis.clearTimeout').value);
  });

  it('do not stop leakline: check() finds leaks while they are on', async () => {
    const bus = new EventEmitter().setMaxListeners(0);
    const fake = fakeTimers();
    try {
      const { leaks } = await leakline.check(() => void bus.on('x', () => {}), { warmup: 0, rounds: 2, iterations: 1 });
      assert.equal(leaks.length, 1);
      assert.deepEqual(fake.set, [], 'it waits by the real ones');
    } finally {
      fake.restore();
    }
  });
});
