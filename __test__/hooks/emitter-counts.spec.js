'use strict';

const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const { PassThrough, Readable } = require('node:stream');
const { describe, it } = require('node:test');

const { lineOf, recording, tally } = require('../support/recording');

const f = () => {};
const g = () => {};
const names = (count, use) => Array.from({ length: count }, (_, i) => `event ${i}`).forEach(use);
const emitter = () => new EventEmitter().setMaxListeners(0);

// What happens to one emitter, and what is counted.
const cases = {
  'on stays': [(e) => e.on('x', f), '1 registered, 1 live'],
  'addListener stays': [(e) => e.addListener('x', f), '1 registered, 1 live'],
  'once that never ran stays': [(e) => e.once('x', f), '1 registered, 1 live'],
  'prependListener stays': [(e) => e.prependListener('x', f), '1 registered, 1 live'],
  'prependOnceListener that never ran stays': [(e) => e.prependOnceListener('x', f), '1 registered, 1 live'],
  'once that ran': [(e) => e.once('x', f).emit('x'), '1 registered, 1 released'],
  'once that ran among others': [(e) => e.on('x', f).once('x', g).on('x', f).emit('x'), '3 registered, 1 released, 2 live'],
  'prependOnceListener that ran': [(e) => e.on('x', f).prependOnceListener('x', g).emit('x'), '2 registered, 1 released, 1 live'],
  'once that was removed': [(e) => e.once('x', f).off('x', f), '1 registered, 1 released'],
  'once that ran twice over': [(e) => [e.once('x', f), e.emit('x'), e.emit('x')], '1 registered, 1 released'],
  off: [(e) => e.on('x', f).off('x', f), '1 registered, 1 released'],
  removeListener: [(e) => e.on('x', f).removeListener('x', f), '1 registered, 1 released'],
  'off of what is not there': [(e) => e.on('x', f).off('x', g).off('y', f), '1 registered, 1 live'],
  'off on an emitter without any': [(e) => e.off('x', f).off('x', f), 'nothing'],
  'off twice': [(e) => e.on('x', f).off('x', f).off('x', f), '1 registered, 1 released'],
  'the same function twice, removed once': [(e) => e.on('x', f).on('x', f).off('x', f), '2 registered, 1 released, 1 live'],
  'the same function for two events, removed from one': [(e) => e.on('x', f).on('y', f).off('x', f), '2 registered, 1 released, 1 live'],
  'events that come and go, one after the other': [(e) => names(20, (name) => e.once(name, f).emit(name)), '20 registered, 20 released'],
  'events that come and go beside some that stay':
    [(e) => [names(7, (name) => e.on(`own ${name}`, f)), names(20, (name) => e.on(name, f).off(name, f))], '27 registered, 20 released, 7 live'],
  'events that come back, few and many of them': [(e) => [5, 15, 5].forEach((count) => {
    names(count, (name) => e.on(name, f).on(name, g));
    names(count, (name) => e.off(name, f).prependListener(name, f).off(name, g).off(name, f));
  }), '75 registered, 75 released'],
  'an event that others have emptied by hand and that comes back':
    [(e) => { e.on('x', f).on('x', g); delete e._events.x; e._eventsCount--; e.on('x', f).on('y', f); }, '4 registered, 2 released, 2 live'],
  'removeAllListeners of an event': [(e) => e.on('x', f).on('x', g).on('y', f).removeAllListeners('x'), '3 registered, 2 released, 1 live'],
  'removeAllListeners': [(e) => e.on('x', f).on('x', g).on('y', f).removeAllListeners(), '3 registered, 3 released'],
  'removeAllListeners of an unknown event': [(e) => e.on('x', f).removeAllListeners('z'), '1 registered, 1 live'],
  'removeAllListeners(undefined)': [(e) => e.on('x', f).on('undefined', f).removeAllListeners(undefined), '2 registered, 1 released, 1 live'],
  "removeAllListeners with a 'removeListener' listener":
    [(e) => e.on('removeListener', g).on('x', f).on('x', g).once('y', f).removeAllListeners(), '4 registered, 4 released'],
  "removeAllListeners of an event with a 'removeListener' listener":
    [(e) => e.on('removeListener', g).on('x', f).on('x', g).on('y', f).removeAllListeners('x'), '4 registered, 2 released, 2 live'],
  "removeAllListeners('removeListener')": [(e) => e.on('removeListener', g).on('x', f).removeAllListeners('removeListener'), '2 registered, 1 released, 1 live'],
  'added again after removeAllListeners': [(e) => e.on('x', f).removeAllListeners().on('x', g), '2 registered, 1 released, 1 live'],
  'a listener that removes itself': [(e) => {
    const own = () => e.off('x', own);
    e.on('x', f).on('x', own).on('x', g).emit('x');
  }, '3 registered, 1 released, 2 live'],
  'a listener that removes the next one': [(e) => {
    e.on('x', () => e.off('x', f)).on('x', f).emit('x');
  }, '2 registered, 1 released, 1 live'],
  'a listener that removes all': [(e) => {
    e.on('x', () => e.removeAllListeners()).on('x', f).once('y', g).emit('x');
  }, '3 registered, 3 released'],
  'a listener that adds another each time': [(e) => {
    e.on('x', () => e.on('y', f));
    for (let i = 0; i < 5; i++) e.emit('x');
  }, '6 registered, 6 live'],
  'a once-listener that adds itself again': [(e) => {
    const again = () => e.once('x', again);
    e.once('x', again);
    for (let i = 0; i < 5; i++) e.emit('x');
  }, '6 registered, 5 released, 1 live'],
  'a once-listener that throws': [(e) => {
    e.once('x', () => { throw new Error('thrown on purpose'); });
    assert.throws(() => e.emit('x'), /on purpose/);
  }, '1 registered, 1 released'],
  "added within 'newListener'": [(e) => {
    e.on('newListener', (type) => type === 'x' && e.on('y', f)).on('x', g);
  }, '3 registered, 3 live'],
  "added to the same event within 'newListener'": [(e) => {
    e.once('newListener', () => e.on('x', f)).on('x', g);
  }, '3 registered, 1 released, 2 live'],
  "removed within 'newListener'": [(e) => {
    e.on('x', f).on('newListener', () => e.off('x', f)).on('x', g);
  }, '3 registered, 1 released, 2 live'],
  "added within 'removeListener'": [(e) => {
    e.on('x', f).once('removeListener', () => e.on('x', g)).off('x', f);
  }, '3 registered, 2 released, 1 live'],
  "removed within 'removeListener'": [(e) => {
    e.on('x', f).on('x', g).once('removeListener', () => e.off('x', g)).off('x', f);
  }, '3 registered, 3 released'],
  "a 'newListener' listener that throws": [(e) => {
    e.on('newListener', () => { throw new Error('thrown on purpose'); });
    assert.throws(() => e.on('x', f), /on purpose/);
  }, '1 registered, 1 live'],
  "a 'removeListener' listener that throws": [(e) => {
    e.on('x', f).on('removeListener', () => { throw new Error('thrown on purpose'); });
    assert.throws(() => e.off('x', f), /on purpose/);
  }, '2 registered, 1 released, 1 live'],
  'a symbol as event': [(e) => {
    const event = Symbol('event');
    e.on(event, f).once(event, g).emit(event);
  }, '2 registered, 1 released, 1 live'],
  'a number as event, removed by its text': [(e) => e.on(7, f).once(7, g).off('7', f), '2 registered, 1 released, 1 live'],
  'null and undefined as events': [(e) => e.on(null, f).on(undefined, f).off('null', f).off('undefined', f), '2 registered, 2 released'],
  'an object as event: its text is not asked for, so it is on no line': [(e) => {
    const event = { toString: () => 'x' };
    e.on(event, f).on('y', f).off('x', f);
  }, '1 registered, 1 live'],
  'an event named as a method of objects': [(e) => e.on('__proto__', f).on('constructor', f).off('toString', f).off('constructor', f), '2 registered, 1 released, 1 live'],
  'a thousand events': [(e) => {
    for (let i = 0; i < 1000; i++) e.on(`x${i}`, f);
    for (let i = 0; i < 1000; i += 2) e.off(`x${i}`, f);
  }, '1000 registered, 500 released, 500 live'],
  'a thousand listeners of an event': [(e) => {
    const many = Array.from({ length: 1000 }, () => () => {});
    for (const each of many) e.on('x', each);
    for (const each of many.slice(0, 900)) e.off('x', each);
  }, '1000 registered, 900 released, 100 live'],
  'a wrong listener, added': [(e) => assert.throws(() => e.on('x', 'no function'), { code: 'ERR_INVALID_ARG_TYPE' }), 'nothing'],
  'a wrong listener, removed': [(e) => {
    e.on('x', f);
    for (const wrong of [undefined, null, 'no function', {}]) {
      assert.throws(() => e.off('x', wrong), { code: 'ERR_INVALID_ARG_TYPE' });
    }
  }, '1 registered, 1 live'],
  'emptied by hand, then used': [(e) => {
    e.on('x', f).on('x', g);
    e._events.x = undefined;
    e.on('x', f);
  }, '3 registered, 2 released, 1 live'],
  'filled by hand, then used': [(e) => {
    e.on('x', f);
    e._events.x = [f, g]; // nobody saw where g comes from: it belongs to no line
    e.off('x', f);
  }, '1 registered, 1 released'],
  '`_events` replaced by hand, then all removed': [(e) => {
    e.on('x', f).on('y', f);
    e._events = Object.create(null);
    e._eventsCount = 0;
    e.removeAllListeners();
  }, '2 registered, 2 released'],
};

describe('listeners are counted:', () => {
  for (const [what, [act, expected]] of Object.entries(cases)) {
    it(what, async () => {
      const e = emitter();
      assert.equal(await tally('listener', () => void act(e)), expected);
      assert.ok(e instanceof EventEmitter); // keeps it: a dead emitter's listeners are collected
    });
  }

  // Which line a listener came from is known by its place among the event's listeners.
  const lines = {
    'prepended': (e) => e.prependListener('x', f), // here: prepended
    'on': (e) => e.on('x', f), // here: on
    'once': (e) => e.once('x', f), // here: once
    'prepended once': (e) => e.prependOnceListener('x', f), // here: prepended once
  };
  for (const [first, second] of Object.keys(lines).flatMap((a) => Object.keys(lines).map((b) => [a, b]))) {
    it(`at their own lines: one by ${first}, then one by ${second}, then off`, async () => {
      const e = emitter();
      const { sites } = await recording(() => {
        lines[first](e.on('x', g));
        lines[second](e);
        e.off('x', f);
      });
      // Node removes the last of the two; what is left is that which now stands first but for g.
      const order = [];
      for (const name of [first, second]) order[name.startsWith('prepended') ? 'unshift' : 'push'](name);
      const left = sites.filter(({ live, origin }) => live > 0 && origin.line !== lineOf(__filename, first) && origin.line !== lineOf(__filename, second));
      const mine = sites.filter(({ origin }) => [first, second].some((name) => origin.line === lineOf(__filename, name)));
      assert.equal(left.length, 1, 'g stays');
      assert.deepEqual(mine.filter(({ live }) => live > 0).map(({ origin }) => origin.line), [lineOf(__filename, order[0])]);
    });
  }

  it('added before the start, removed after it', async () => {
    const e = emitter().on('x', f).on('x', g);
    const { snapshot } = await recording(() => e.on('y', f).off('x', f).off('x', g));
    const { counts: { listener } } = await recording(() => e.off('y', f));
    assert.equal(snapshot.sites.filter(({ label }) => label.includes("'y'")).length, 1);
    assert.equal(listener, undefined, 'of a recording that has ended');
  });

  it('once-listeners of Node: events.once() that came, that was aborted, and that of its signal', async () => {
    const e = emitter();
    assert.equal(await tally('listener', async () => {
      const abort = new AbortController();
      const came = once(e, 'x');
      const aborted = once(e, 'y', { signal: abort.signal });
      e.emit('x');
      abort.abort();
      await Promise.allSettled([came, aborted]);
    }), '5 registered, 5 released');
  });

  it('pipe and unpipe', async () => {
    const [from, to] = [new Readable({ read() {} }), new PassThrough()];
    const { counts: { listener } } = await recording(() => {
      from.pipe(to);
      from.unpipe(to);
    });
    assert.ok(listener.registered >= 5, `${listener.registered} registered`);
    assert.equal(listener.live, from.eventNames().concat(to.eventNames())
      .reduce((sum, name) => sum + from.listenerCount(name) + to.listenerCount(name), 0) - ownListeners(from, to));
  });

  it('process', async () => {
    assert.equal(await tally('listener', () => process.on('leakline', f).once('leakline', g).off('leakline', f).emit('leakline')), '2 registered, 2 released');
  });
});

// What the streams have from their making, before anything was recorded.
function ownListeners() {
  const [from, to] = [new Readable({ read() {} }), new PassThrough()];
  return [from, to].flatMap((stream) => stream.eventNames().map((name) => stream.listenerCount(name)))
    .reduce((sum, count) => sum + count, 0);
}
