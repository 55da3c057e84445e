'use strict';

const assert = require('node:assert/strict');
const { getEventListeners } = require('node:events');
const { after, before, describe, it } = require('node:test');
const { MessagePort } = require('node:worker_threads');

const { leakline, recording } = require('../support/recording');
const { shapeOf } = require('../support/reflection');

const NodeEventTarget = Object.getPrototypeOf(MessagePort);
const holders = { EventTarget: EventTarget.prototype, NodeEventTarget: NodeEventTarget.prototype, AbortSignal: AbortSignal.prototype };
const PATCHED = ['EventTarget [kNewListener]', 'EventTarget [kRemoveListener]', 'NodeEventTarget removeAllListeners'];

/** Every function that the prototypes hold, by the names of both. */
function functionsNow() {
  const found = new Map();
  for (const [name, holder] of Object.entries(holders)) {
    for (const key of Reflect.ownKeys(holder)) {
      const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(holder, key);
      const named = typeof key === 'symbol' ? `[${key.description}]` : key;
      for (const fn of [value, get, set]) if (typeof fn === 'function') found.set(`${name} ${named}`, { fn, flags, shape: shapeOf(fn) });
    }
  }
  return found;
}

const original = functionsNow();
const keys = Object.entries(holders).map(([name, holder]) => [name, Reflect.ownKeys(holder)]);

const scenarios = {
  'no target': () => EventTarget.prototype.addEventListener.call({}, 'x', () => {}),
  'no object': () => EventTarget.prototype.addEventListener.call(undefined, 'x', () => {}),
  'a wrong listener': () => new EventTarget().addEventListener('x', 1),
  'no listener': () => new EventTarget().addEventListener('x'),
  'a wrong signal': () => new EventTarget().addEventListener('x', () => {}, { signal: {} }),
  'an event that cannot be made a text': () => new EventTarget().addEventListener(Symbol('x'), () => {}),
  'no target to remove from': () => EventTarget.prototype.removeEventListener.call({}, 'x', () => {}),
  'addEventListener as a constructor': () => new EventTarget.prototype.addEventListener(),
  'a signal made by hand': () => new AbortSignal(),
  'a frozen target': () => {
    const target = Object.freeze(new EventTarget());
    target.addEventListener('x', () => {});
    return getEventListeners(target, 'x').length;
  },
  'how often options and events are read': () => {
    const read = [];
    const options = new Proxy({}, { get: (_, key) => void read.push(String(key)) });
    new EventTarget().addEventListener({ toString: () => `x${read.push('type')}` }, () => {}, options);
    return read;
  },
  'what runs of a listener that is a Proxy': () => {
    const traps = [];
    const all = new Proxy({}, { get: (_, trap) => (...args) => (traps.push(trap), Reflect[trap](...args)) });
    const { signal } = new AbortController();
    const listener = new Proxy(function eventHandler() {}, all);
    signal.addEventListener('abort', listener);
    signal.removeEventListener('abort', listener);
    return traps;
  },
  'the order of listeners': () => {
    const order = [];
    const target = new EventTarget();
    for (const name of ['a', 'b']) target.addEventListener('x', () => order.push(name));
    target.addEventListener('x', { handleEvent: () => order.push('c') }, { once: true });
    for (let i = 0; i < 2; i++) target.dispatchEvent(new Event('x'));
    return order;
  },
  'this and arguments of a listener': () => {
    const target = new EventTarget();
    let seen;
    target.addEventListener('x', function (...args) {
      seen = [this === target, args.length, args[0].type];
    });
    target.dispatchEvent(new Event('x'));
    return seen;
  },
  'what a handler property gives': () => {
    const { signal } = new AbortController();
    const values = [signal.onabort];
    for (const value of [String, Number, null, 1]) {
      signal.onabort = value;
      values.push(signal.onabort);
    }
    return values;
  },
  'own keys of a target': () => {
    const target = new EventTarget();
    target.addEventListener('x', () => {});
    return Reflect.ownKeys(target).map(String);
  },
  'a target as it prints': () => {
    const { signal } = new AbortController();
    signal.addEventListener('abort', () => {});
    return require('node:util').inspect(signal, { showHidden: true });
  },
  'a clone of a composite': () => AbortSignal.any([AbortSignal.abort(7), new AbortController().signal]).reason,
};

describe('with leakline, EventTarget', () => {
  before(() => leakline.start({ mode: 'full' }));
  after(() => leakline.stop());

  it('keeps every function but three, and what reflection shows of these', () => {
    const now = functionsNow();
    assert.deepEqual([...now.keys()], [...original.keys()]);
    assert.deepEqual([...now].filter(([name, { fn }]) => fn !== original.get(name).fn).map(([name]) => name), PATCHED);
    for (const [name, { flags, shape }] of now) {
      assert.deepEqual(shape, original.get(name).shape, name);
      assert.deepEqual(flags, original.get(name).flags, name);
    }
  });

  it('keeps the order of keys', () => {
    assert.deepEqual(Object.entries(holders).map(([name, holder]) => [name, Reflect.ownKeys(holder)]), keys);
  });

  it('is put back when recording stops', () => {
    leakline.stop();
    for (const [name, { fn }] of functionsNow()) assert.equal(fn, original.get(name).fn, name);
    leakline.start({ mode: 'full' });
  });
});

describe('the same with leakline as without:', () => {
  for (const [what, scenario] of Object.entries(scenarios)) {
    it(what, async () => {
      const outcome = () => {
        try {
          return { returned: scenario() };
        } catch ({ name, code, message }) {
          return { name, code, message };
        }
      };
      const without = outcome();
      const { result, notes } = await recording(outcome);
      assert.deepEqual(result, without);
      assert.deepEqual(notes, []);
    });
  }

  it('the modules that are loaded', () => {
    const loaded = new Set(process.moduleLoadList);
    leakline.start();
    leakline.stop();
    assert.deepEqual(process.moduleLoadList.filter((name) => !loaded.has(name)), []);
  });

  it('globals that nobody has read yet', () => {
    const { execFileSync } = require('node:child_process');
    const program = `require(${JSON.stringify(require.resolve('../..'))}).start({ kinds: ['listener'] });
      const isLazy = (key) => Object.getOwnPropertyDescriptor(globalThis, key)?.get !== undefined;
      console.log(JSON.stringify(['BroadcastChannel', 'MessageChannel', 'fetch', 'WebSocket', 'navigator', 'performance'].map(isLazy)));
      require(${JSON.stringify(require.resolve('../..'))}).stop();`;
    const bare = program.replace(/require\([^)]*\)\.(start|stop)\([^)]*\);/g, '');
    const run = (text) => execFileSync(process.execPath, ['-e', text], { encoding: 'utf8' });
    assert.equal(run(program), run(bare));
  });
});
