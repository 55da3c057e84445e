'use strict';

const assert = require('node:assert/strict');
const EventEmitter = require('node:events');
const { describe, it } = require('node:test');
const { inherits } = require('node:util');

const { recording, tally } = require('../support/recording');

const f = () => {};
const g = () => {};

function Legacy() {
  EventEmitter.call(this);
}
inherits(Legacy, EventEmitter);

function Uninitialised() {}
inherits(Uninitialised, EventEmitter);

class Counting extends EventEmitter {
  calls = 0;
  on(type, listener) {
    this.calls++;
    return super.on(type, listener);
  }
}

class Wrapping extends EventEmitter {
  on(type, listener) {
    return super.on(type, Object.assign(() => listener(), { listener }));
  }
}

// Its listeners are kept elsewhere: there is nothing that could be counted.
class Elsewhere extends EventEmitter {
  kept = [];
  on(type, listener) {
    this.kept.push([type, listener]);
    return this;
  }
}

const emitters = {
  'a class that calls EventEmitter': () => new Legacy(),
  'a class that never calls EventEmitter': () => new Uninitialised(),
  'an object that inherits from the prototype': () => Object.create(EventEmitter.prototype),
  'a plain object with the methods copied': () => Object.assign({}, EventEmitter.prototype),
  'a subclass that overrides on': () => new Counting(),
  'a subclass that wraps listeners': () => new Wrapping(),
  'one that captures rejections': () => new EventEmitter({ captureRejections: true }),
  'one without a prototype of its own': () => Object.setPrototypeOf({ __proto__: null }, EventEmitter.prototype),
  'one that cannot be extended': () => Object.preventExtensions(new EventEmitter()),
  'one whose `_events` was deleted': () => {
    const e = new EventEmitter();
    delete e._events;
    return e;
  },
  'an EventEmitterAsyncResource': () => new EventEmitter.EventEmitterAsyncResource({ name: 'leakline' }),
  'a function': () => Object.setPrototypeOf(() => {}, EventEmitter.prototype),
  'one with a getter for its constructor': () => Object.defineProperty(new EventEmitter(), 'constructor', {
    get() {
      throw new Error('read');
    },
  }),
};

describe('listeners are counted on', () => {
  for (const [what, make] of Object.entries(emitters)) {
    it(what, async () => {
      let e;
      const act = () => {
        e = make();
        e.on('x', f).once('x', g).on('y', f).off('y', f).emit('x');
      };
      assert.equal(await tally('listener', act), '3 registered, 2 released, 1 live');
      assert.ok(e);
    });
  }
});

describe('listeners are not counted', () => {
  it('on one that keeps them elsewhere', async () => {
    const e = new Elsewhere();
    assert.equal(await tally('listener', () => void e.on('x', f).off('x', f)), 'nothing');
    assert.equal(e.kept.length, 1);
  });

  it('on a Proxy, nor where emitters share their listeners; a note says so', async () => {
    const Sharing = function () {};
    Sharing.prototype = new EventEmitter();
    const [a, b, proxy] = [new Sharing(), new Sharing(), new Proxy(new EventEmitter(), {})];
    const { counts, notes } = await recording(() => {
      a.on('x', f);
      b.on('x', g).off('x', f);
      a.off('x', g);
      proxy.on('x', f);
    });
    assert.equal(proxy.listenerCount('x'), 1);
    assert.equal(counts.listener, undefined);
    assert.equal(notes.filter((note) => /not seen: listeners added through a Proxy/.test(note)).length, 1);
  });

  it('twice where a subclass calls on through once', async () => {
    const e = new Counting();
    assert.equal(await tally('listener', () => void e.once('x', f)), '1 registered, 1 live');
    assert.equal(e.calls, 1);
  });
});

describe('a label', () => {
  const label = async (make, type = 'x') => {
    let e;
    const { sites } = await recording(() => {
      e = make().on(type, f);
    });
    assert.ok(e);
    return sites[0].label;
  };

  const labels = {
    "names the emitter's class": [() => new (class Redis extends EventEmitter {})(), 'message', "Redis 'message'"],
    'names a legacy class': [() => new Legacy(), 'x', "Legacy 'x'"],
    'shows a symbol': [() => new EventEmitter(), Symbol('closed'), 'EventEmitter Symbol(closed)'],
    'shows a number as the text that it is': [() => new EventEmitter(), 7, "EventEmitter '7'"],
    'does without the name of a class that has none': [() => new (class extends EventEmitter {})(), 'x', "Object 'x'"],
  };
  for (const [what, [make, type, expected]] of Object.entries(labels)) {
    it(what, async () => assert.equal(await label(make, type), expected));
  }

  it('names a few of thousands of events, and says that there are others', async () => {
    const e = new EventEmitter();
    const { sites } = await recording(() => {
      for (let i = 0; i < 5000; i++) e.on(`job:${i}`, f);
    });
    assert.equal(sites.length, 1);
    assert.equal(sites[0].live, 5000);
    assert.match(sites[0].label, /^EventEmitter 'job:0'.* and others$/);
    assert.ok(sites[0].label.length < 200, sites[0].label);
  });

  it('is bounded where an event has a long name', async () => {
    const long = await label(() => new EventEmitter(), 'x'.repeat(100_000));
    assert.ok(long.length < 1000, `${long.length} characters`);
  });

  it('names an event once, however often it comes', async () => {
    const e = new EventEmitter();
    const { sites } = await recording(() => {
      for (const type of ['a', 'b', 'a', 'b', 'a']) e.on(type, f);
    });
    assert.equal(sites[0].label, "EventEmitter 'a', 'b'");
  });
});
