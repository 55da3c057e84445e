'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const { after, before, describe, it } = require('node:test');

const { leakline, recording } = require('../support/recording');
const { placesNow, shapeOf } = require('../support/reflection');

const PATCHED = ['on', 'addListener', 'prependListener', 'off', 'removeListener', 'removeAllListeners'];
const originals = placesNow();

/** What a scenario returns or throws, with and without leakline. */
async function bothWays(scenario) {
  const outcome = () => {
    try {
      return { returned: scenario() };
    } catch ({ name, code, message }) {
      return { name, code, message };
    }
  };
  const without = outcome();
  const { result } = await recording(outcome);
  return { without, result };
}

const scenarios = {
  'a wrong listener': () => new EventEmitter().on('x', 1),
  'no listener': () => new EventEmitter().once('x'),
  'a wrong listener to remove': () => new EventEmitter().off('x', {}),
  'no emitter': () => EventEmitter.prototype.on.call(undefined, 'x', () => {}),
  'a primitive as emitter': () => EventEmitter.prototype.on.call(1, 'x', () => {}) === 1,
  'an error without listener': () => new EventEmitter().on('x', () => {}).emit('error', new RangeError('mine')),
  'a frozen emitter': () => Object.freeze(new EventEmitter().on('x', String)).on('x', Number).listeners('x'),
  'a sealed emitter': () => Object.seal(new EventEmitter()).on('x', () => {}).on('y', () => {}).eventNames(),
  'an event that cannot be made a text': () => new EventEmitter().on(Object.create(null), () => {}),
  'how often an event is made a text': () => {
    let times = 0;
    const event = { toString: () => `x${times++}` };
    new EventEmitter().on(event, () => {});
    return times;
  },
  'the order of listeners': () => {
    const order = [];
    new EventEmitter()
      .on('x', () => order.push('on')).prependListener('x', () => order.push('prepend'))
      .once('x', () => order.push('once')).prependOnceListener('x', () => order.push('prependOnce')).emit('x');
    return order;
  },
  'this and arguments of a listener': () => {
    const e = new EventEmitter();
    let seen;
    e.once('x', function (...args) {
      seen = [this === e, ...args];
    }).emit('x', 1, undefined, 'three');
    return seen;
  },
  "what 'newListener' and 'removeListener' receive": () => {
    const reported = [];
    const e = new EventEmitter();
    const reporter = (what) => (type, { name }) => reported.push([what, type, name]);
    e.on('newListener', reporter('new')).on('removeListener', reporter('gone'));
    e.on('x', String).once('x', Number).off('x', Number).off('x', String);
    return reported;
  },
  'listeners and rawListeners': () => {
    const e = new EventEmitter().on('x', String).once('x', Number);
    return [e.listeners('x'), e.rawListeners('x').map(({ name, listener }) => [name, listener]), e.listenerCount('x')];
  },
  'own keys of an emitter': () => Reflect.ownKeys(new EventEmitter().on('x', () => {}).off('x', () => {})),
  'a copy of an emitter': () => {
    const copy = { ...new EventEmitter().on('x', String) };
    return [Object.keys(copy), copy._events.x];
  },
  'methods that a plain object borrows': () => {
    const borrower = Object.assign({}, EventEmitter.prototype);
    return borrower.on('x', String).emit('x') && Object.keys(borrower);
  },
};

describe('with leakline, EventEmitter', () => {
  before(() => leakline.start({ mode: 'full' }));
  after(() => leakline.stop());

  for (const key of PATCHED) {
    it(`keeps what reflection shows of ${key}`, () => {
      const { value: original, ...flags } = originals.get(`EventEmitter.prototype.${key}`);
      const { value: patched, ...patchedFlags } = Object.getOwnPropertyDescriptor(EventEmitter.prototype, key);
      assert.notEqual(patched, original, 'it is patched');
      assert.deepEqual(shapeOf(patched), shapeOf(original));
      assert.deepEqual(patchedFlags, flags);
      assert.equal('prototype' in patched, 'prototype' in original);
    });
  }

  it('keeps its two names for one function', () => {
    assert.equal(EventEmitter.prototype.on, EventEmitter.prototype.addListener);
    assert.equal(EventEmitter.prototype.off, EventEmitter.prototype.removeListener);
  });

  it('keeps the order of its keys', () => {
    const patched = Reflect.ownKeys(EventEmitter.prototype);
    leakline.stop();
    assert.deepEqual(patched, Reflect.ownKeys(EventEmitter.prototype));
    leakline.start({ mode: 'full' });
  });

  it('returns the emitter from every method', () => {
    const e = new EventEmitter();
    const f = () => {};
    for (const key of ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener', 'off', 'removeListener']) {
      assert.equal(e[key]('x', f), e, key);
    }
    assert.equal(e.removeAllListeners('x'), e);
    assert.equal(e.removeAllListeners(), e);
  });
});

describe('the same with leakline as without:', () => {
  for (const [what, scenario] of Object.entries(scenarios)) {
    it(what, async () => {
      const { without, result } = await bothWays(scenario);
      assert.deepEqual(result, without);
    });
  }
});
