'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const promises = require('node:timers/promises');
const { describe, it } = require('node:test');

const { leakline, later, recording } = require('../support/recording');
const { areCollected } = require('../support/garbage');

const HOUR = 3_600_000;
/** What must outlive the objects below; cleared by each test. */
const kept = [];
const hasDispose = typeof Object.getPrototypeOf(cleared()).constructor.prototype[Symbol.dispose] === 'function';

function cleared() {
  const timer = setTimeout(() => {}, 0);
  clearTimeout(timer);
  return timer;
}

// Each makes objects, keeps in `kept` what would hold them if leakline did wrong, and returns those that must be collected.
const cases = {
  'an emitter, and its listeners': () => {
    const [e, f] = [new EventEmitter(), () => {}];
    e.on('x', f).once('y', f);
    return [e, f];
  },
  'a listener that was removed': () => {
    const [e, f, g, h] = [new EventEmitter(), () => {}, () => {}, () => {}];
    e.on('x', f).on('x', g).once('x', h).off('x', f).off('x', g).emit('x');
    kept.push(e);
    return [f, g, h];
  },
  'listeners that were all removed': () => {
    const [e, f, g] = [new EventEmitter(), () => {}, () => {}];
    e.on('x', f).on('y', g).removeAllListeners();
    kept.push(e);
    return [f, g];
  },
  'an emitter that is dead, with timers, Maps and a tracked one in its fields': () => {
    const e = Object.assign(new EventEmitter(), { map: new Map([[1, {}]]), lease: {} });
    leakline.track(e.lease, { kind: 'lease' });
    e.on('x', () => e);
    return [e, e.map, e.map.get(1), e.lease];
  },
  'the callback of a timer that was cleared, its arguments and the timer': () => {
    const [f, argument] = [() => {}, {}];
    const timer = setTimeout(f, HOUR, argument);
    clearTimeout(timer);
    return [f, argument, timer];
  },
  'the callback of a cleared timer that is kept': () => {
    const [f, g, h] = [() => {}, () => {}, () => {}];
    const timers = [setTimeout(f, HOUR), setInterval(g, HOUR), setTimeout(h, HOUR)];
    clearTimeout(timers[0]);
    clearInterval(timers[1]);
    timers[2].close();
    kept.push(timers);
    return [f, g, h];
  },
  'the callback of an immediate that was cleared and is kept': () => {
    const f = () => {};
    const immediate = setImmediate(f);
    clearImmediate(immediate);
    kept.push(immediate);
    return [f];
  },
  'the callback of an immediate that ran and is kept': async () => {
    const f = () => {};
    kept.push(setImmediate(f));
    const ref = new WeakRef(f);
    await later();
    return [ref];
  },
  'a timer that fired': async () => {
    const [f, argument] = [() => {}, {}];
    const timer = setTimeout(f, 1, argument);
    const refs = [f, argument, timer].map((each) => new WeakRef(each));
    await later();
    return refs;
  },
  'a timer whose number is known': () => {
    const [f, g] = [() => {}, () => {}];
    const timers = [setTimeout(f, HOUR), setTimeout(g, HOUR)];
    clearTimeout(+timers[0]);
    clearTimeout(Number(timers[1]) && timers[1]);
    return [...timers, f, g];
  },
  'an interval that was cleared by another way': () => {
    const f = () => {};
    const timer = setInterval(f, HOUR);
    if (hasDispose) timer[Symbol.dispose]();
    else timer.close();
    kept.push(timer);
    return [f];
  },
  'the value of a promised timer': async () => {
    const value = {};
    const ref = new WeakRef(value);
    await promises.setTimeout(1, value);
    return [ref];
  },
  'the options and the signal of a promised timer that was aborted': async () => {
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const refs = [new WeakRef(options), new WeakRef(controller.signal)];
    const promise = promises.setTimeout(HOUR, null, options).catch(() => {});
    controller.abort();
    await promise;
    await later(600); // for a regular look
    return refs;
  },
  'a promised interval that was left': async () => {
    const value = {};
    const ref = new WeakRef(value);
    for await (const _ of promises.setInterval(1, value)) break;
    return [ref];
  },
  'Maps and Sets, what they hold, and what they were made of': () => {
    const [key, value, entry] = [{}, {}, {}];
    const entries = [[key, value]];
    return [new Map(entries), new Set([entry]), key, value, entry, entries];
  },
  'a class that extends Map': () => {
    class Cache extends Map {}
    return [new Cache(), Cache];
  },
  'a large Map that was looked at': () => {
    const map = new Map(Array.from({ length: 2000 }, (_, i) => [i, {}]));
    leakline.snapshot();
    return [map, map.get(0)];
  },
  'Maps and Sets whose filling was seen, and what was put in': () => {
    const [map, set, value] = [new Map([[0, 0]]), new Set([0]), {}];
    leakline.snapshot();
    for (let i = 1; i < 20; i++) map.set(i, value), set.add(i), leakline.snapshot();
    if (!Object.hasOwn(map, 'set') || !Object.hasOwn(set, 'add')) throw new Error('they are not watched');
    map.set(value, value);
    set.add(value);
    kept.push(map.set, set.add);
    return [map, set, value];
  },
  'a class of emitters, and a function that registers': () => {
    class Bus extends EventEmitter {}
    const subscribe = (e) => e.on('x', () => {});
    return [subscribe(new Bus()), Bus, subscribe];
  },
  'an object as event name': () => {
    const event = { toString: () => 'x' };
    kept.push(new EventEmitter().on(event, () => {}));
    return [event];
  },
  'an error that a hook met': () => {
    const e = new EventEmitter();
    e.on('removeListener', () => {});
    return [e];
  },
  'what was tracked, and its handle': () => {
    const resource = {};
    const tracked = leakline.track(resource, { kind: 'lease' });
    return [resource, tracked];
  },
  'what was tracked, where the handle is kept': () => {
    const resource = {};
    kept.push(leakline.track(resource, { kind: 'lease', label: 'kept' }));
    return [resource];
  },
};

const weak = (objects) => objects.map((each) => (each instanceof WeakRef ? each : new WeakRef(each)));

describe('leakline holds neither', () => {
  for (const [what, make] of Object.entries(cases)) {
    it(what, async () => {
      await recording(async () => {
        const refs = weak(await make());
        const isDead = await areCollected(...refs);
        const held = refs.map((ref, i) => ref.deref() !== undefined && i).filter((i) => i !== false);
        assert.ok(isDead, `held: those at ${held.join(', ')}`);
      });
      kept.length = 0;
    });
  }

  it('anything after stop()', async () => {
    const objects = () => [new EventEmitter().on('x', () => {}), new Map([[1, {}]]), new Set(), {}];
    let refs;
    await recording(() => {
      const made = objects();
      made.push(leakline.track(made[3], { kind: 'lease' }), setTimeout(() => {}, 0));
      refs = weak(made);
    });
    assert.ok(await areCollected(...refs));
  });

  it('the callback of a timer that is cleared after stop()', async () => {
    const ref = await (async () => {
      const f = () => {};
      const { result } = await recording(() => setTimeout(f, HOUR));
      clearTimeout(result);
      kept.push(result);
      return new WeakRef(f);
    })();
    assert.ok(await areCollected(ref));
    kept.length = 0;
  });
});
