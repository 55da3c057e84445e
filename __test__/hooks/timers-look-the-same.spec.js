'use strict';

const assert = require('node:assert/strict');
const timers = require('node:timers');
const promises = require('node:timers/promises');
const { after, before, describe, it } = require('node:test');
const { promisify } = require('node:util');

const { leakline, recording } = require('../support/recording');
const { placesNow, shapeOf } = require('../support/reflection');

const originals = placesNow();
const PATCHED = [...originals.keys()].filter((name) =>
  /^(globalThis|timers)\.(set|clear)|^timers\/promises|^scheduler\.wait|^Timeout\.prototype\.(refresh|close|Symbol)|^Immediate\.prototype\.Symbol/.test(name));
const f = () => {};

// What each says is the same with leakline as without.
const scenarios = {
  'this and arguments of callbacks': () => new Promise((resolve) => {
    const reported = [];
    const report = (name, timer) => function (...args) {
      reported.push([name, this === timer(), args]);
    };
    const timeout = setTimeout(report('timeout', () => timeout), 1, 1, undefined, 'three', 4, 5);
    const immediate = setImmediate(report('immediate', () => immediate), 1, 2, 3, 4, 5);
    const interval = setInterval(function (...args) {
      reported.push(['interval', this === interval, args]);
      clearInterval(interval);
      setTimeout(() => resolve(reported.toSorted()), 5);
    }, 1, 'a', 'b');
  }),
  'what timers are made by': () => {
    const made = [setTimeout(f, 1), setInterval(f, 1), setImmediate(f)];
    const names = made.map((timer) => [timer.constructor.name, Object.prototype.toString.call(timer), timer.hasRef()]);
    made.forEach(end);
    return names;
  },
  'own keys of timers': () => {
    const made = [setTimeout(f, 1), setInterval(f, 1), setImmediate(f)];
    const keys = made.map((timer) => Reflect.ownKeys(timer).map(String));
    made.forEach(end);
    return keys;
  },
  'wrong callbacks': () => [setTimeout, setInterval, setImmediate].map((set) => {
    try {
      return set(undefined, 1);
    } catch ({ name, code, message }) {
      return { name, code, message };
    }
  }),
  'wrong delays': () => [NaN, -1, 2 ** 31, '12', null, Infinity, 1.5].map((delay) => {
    const timer = setTimeout(f, delay);
    clearTimeout(timer);
    return timer._repeat;
  }),
  'an immediate handed to clearTimeout': () => new Promise((resolve) => {
    clearTimeout(setImmediate(() => resolve('ran')));
    clearInterval(setImmediate(f));
    setImmediate(() => resolve('did not run'));
  }),
  'texts that are not quite the number of a timeout': () => new Promise((resolve) => {
    const reported = [];
    for (const text of [(id) => `${id}.0`, (id) => ` ${id}`, (id) => `0x${id.toString(16)}`]) {
      const timer = setTimeout(() => reported.push('ran'), 1);
      clearTimeout(text(+timer));
    }
    setTimeout(() => resolve(reported), 40);
  }),
  'a timer compared with its number': () => {
    const timer = setTimeout(f, 1);
    clearTimeout(timer);
    return [typeof +timer, +timer === timer[Symbol.toPrimitive](), `${timer}` === String(+timer)];
  },
  'what refresh, ref, unref and close return': () => {
    const timer = setTimeout(f, 1);
    return [timer.refresh() === timer, timer.ref() === timer, timer.unref() === timer, timer.close() === timer];
  },
  'what clearing returns': () => [clearTimeout(setTimeout(f, 1)), clearInterval(1e9), clearImmediate(setImmediate(f)), clearTimeout()],
  'methods called on something else': () => {
    const { close, refresh } = Object.getPrototypeOf(clearedTimeout());
    return [close, refresh].map((method) => {
      try {
        return typeof method.call({});
      } catch ({ name }) {
        return name;
      }
    });
  },
  'a callback that throws within a nested call': () => new Promise((resolve) => {
    setTimeout(() => {
      try {
        (() => { throw new Error('mine'); })();
      } catch ({ message }) {
        resolve(message);
      }
    }, 1);
  }),
};

function end(timer) {
  (timer.close ? clearTimeout : clearImmediate)(timer);
}

function clearedTimeout() {
  const timer = setTimeout(f, 1);
  clearTimeout(timer);
  return timer;
}

describe('with leakline,', () => {
  before(() => leakline.start({ mode: 'full' }));
  after(() => leakline.stop());

  for (const name of PATCHED) {
    const absent = originals.get(name) === undefined && 'there is none here';
    it(`${name} keeps what reflection shows of it`, { skip: absent }, () => {
      const { value: original, ...flags } = originals.get(name);
      const { value: patched, ...patchedFlags } = placesNow().get(name);
      assert.notEqual(patched, original, 'it is patched');
      assert.deepEqual(shapeOf(patched), shapeOf(original));
      assert.deepEqual(patchedFlags, flags);
    });
  }

  it('the global functions are those of node:timers', () => {
    for (const key of ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate']) {
      assert.equal(globalThis[key], timers[key], key);
    }
    assert.equal(timers.promises, promises);
  });

  it('promisify gives the functions of timers/promises', () => {
    assert.equal(promisify(setTimeout), promises.setTimeout);
    assert.equal(promisify(setImmediate), promises.setImmediate);
    assert.equal(setTimeout[promisify.custom], promises.setTimeout);
    assert.equal(setImmediate[promisify.custom], promises.setImmediate);
    assert.equal(timers.setTimeout[promisify.custom], promises.setTimeout);
  });

  it('timers are what they were', () => {
    const timeout = setTimeout(f, 1);
    leakline.stop();
    const plain = setTimeout(f, 1);
    leakline.start({ mode: 'full' });
    assert.equal(Object.getPrototypeOf(timeout), Object.getPrototypeOf(plain));
    assert.ok(timeout instanceof plain.constructor);
    [timeout, plain].forEach(clearTimeout);
  });
});

describe('the same with leakline as without:', () => {
  for (const [what, scenario] of Object.entries(scenarios)) {
    it(what, async () => {
      const without = await scenario();
      const { result } = await recording(scenario);
      assert.deepEqual(result, without);
    });
  }
});
