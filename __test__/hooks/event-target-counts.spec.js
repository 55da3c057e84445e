'use strict';

const assert = require('node:assert/strict');
const { addAbortListener, once, setMaxListeners } = require('node:events');
const { describe, it } = require('node:test');
const { MessageChannel } = require('node:worker_threads');

const { areCollected } = require('../support/garbage');
const { recording, tally, turn } = require('../support/recording');

const f = () => {};
const g = () => {};
const fire = (target, type) => target.dispatchEvent(new Event(type));

// What happens to one target and one signal, and what is counted.
const cases = {
  'added, it stays': [(t) => t.addEventListener('x', f), '1 registered, 1 live'],
  'a handler object': [(t) => t.addEventListener('x', { handleEvent() {} }), '1 registered, 1 live'],
  'a handler object, removed': [(t) => {
    const object = { handleEvent() {} };
    t.addEventListener('x', object);
    t.removeEventListener('x', object);
  }, '1 registered, 1 released'],
  removed: [(t) => {
    t.addEventListener('x', f);
    t.removeEventListener('x', f);
  }, '1 registered, 1 released'],
  'removed twice': [(t) => {
    t.addEventListener('x', f);
    t.removeEventListener('x', f);
    t.removeEventListener('x', f);
  }, '1 registered, 1 released'],
  'what is not there, removed': [(t) => {
    t.addEventListener('x', f);
    t.removeEventListener('x', g);
    t.removeEventListener('y', f);
  }, '1 registered, 1 live'],
  'the same function twice is one listener': [(t) => {
    t.addEventListener('x', f);
    t.addEventListener('x', f);
    t.addEventListener('x', f, { once: true });
  }, '1 registered, 1 live'],
  'with capture it is another one': [(t) => {
    t.addEventListener('x', f);
    t.addEventListener('x', f, true);
    t.addEventListener('x', f, { capture: true });
    t.removeEventListener('x', f, { capture: true });
  }, '2 registered, 1 released, 1 live'],
  'for two events, removed from one': [(t) => {
    t.addEventListener('x', f);
    t.addEventListener('y', f);
    t.removeEventListener('x', f);
  }, '2 registered, 1 released, 1 live'],
  'the first, the last and one in between removed': [(t) => {
    const many = Array.from({ length: 7 }, () => () => {});
    for (const each of many) t.addEventListener('x', each);
    for (const i of [0, 6, 3]) t.removeEventListener('x', many[i]);
    t.addEventListener('x', f);
  }, '8 registered, 3 released, 5 live'],
  'once that came': [(t) => {
    t.addEventListener('x', f, { once: true });
    fire(t, 'x');
    fire(t, 'x');
  }, '1 registered, 1 released'],
  'once that never came': [(t) => t.addEventListener('x', f, { once: true }), '1 registered, 1 live'],
  'once that came among others': [(t) => {
    t.addEventListener('x', f);
    t.addEventListener('x', g, { once: true });
    t.addEventListener('x', () => {});
    fire(t, 'x');
  }, '3 registered, 1 released, 2 live'],
  'once for another event': [(t) => {
    t.addEventListener('x', f, { once: true });
    fire(t, 'y');
  }, '1 registered, 1 live'],
  'a listener that adds another each time': [(t) => {
    t.addEventListener('x', () => t.addEventListener('y', () => {}));
    for (let i = 0; i < 5; i++) fire(t, 'x');
  }, '6 registered, 6 live'],
  'a once-listener that adds itself again': [(t) => {
    const again = () => t.addEventListener('x', again, { once: true });
    again();
    for (let i = 0; i < 5; i++) fire(t, 'x');
  }, '6 registered, 5 released, 1 live'],
  'a listener that removes the next one': [(t) => {
    t.addEventListener('x', () => t.removeEventListener('x', f));
    t.addEventListener('x', f);
    fire(t, 'x');
  }, '2 registered, 1 released, 1 live'],
  'passive': [(t) => t.addEventListener('x', f, { passive: true }), '1 registered, 1 live'],
  'nothing as a listener': [(t) => {
    t.addEventListener('x', null);
    t.removeEventListener('x', null);
  }, 'nothing'],
  'an event that is no string': [(t) => {
    t.addEventListener(7, f);
    t.addEventListener({ toString: () => 'y' }, g);
    t.removeEventListener('7', f);
  }, '2 registered, 1 released, 1 live'],
  'a wrong listener': [(t) => {
    assert.throws(() => t.addEventListener('x', 1), { code: 'ERR_INVALID_ARG_TYPE' });
  }, 'nothing'],
  'with a signal that nobody aborts: one listener': [(t, c) => t.addEventListener('x', f, { signal: c.signal }), '1 registered, 1 live'],
  'with a signal that was aborted': [(t, c) => {
    t.addEventListener('x', f, { signal: c.signal });
    c.abort();
  }, '1 registered, 1 released'],
  'with a signal that is aborted already': [(t) => t.addEventListener('x', f, { signal: AbortSignal.abort() }), 'nothing'],
  'with a signal, then removed: Node leaves its own on the signal': [(t, c) => {
    t.addEventListener('x', f, { signal: c.signal });
    t.removeEventListener('x', f);
  }, '2 registered, 1 released, 1 live'],
  'with a signal, then removed, then aborted': [(t, c) => {
    t.addEventListener('x', f, { signal: c.signal });
    t.removeEventListener('x', f);
    c.abort();
  }, '2 registered, 2 released'],
  'with a signal and once, which came': [(t, c) => {
    t.addEventListener('x', f, { signal: c.signal, once: true });
    fire(t, 'x');
    c.abort();
  }, '2 registered, 2 released'],
  'on a signal': [(t, c) => c.signal.addEventListener('abort', f), '1 registered, 1 live'],
  'on a signal that is aborted: Node keeps it': [(t, c) => {
    c.signal.addEventListener('abort', f);
    c.abort();
  }, '1 registered, 1 live'],
  'once on a signal that is aborted': [(t, c) => {
    c.signal.addEventListener('abort', f, { once: true });
    c.abort();
  }, '1 registered, 1 released'],
  'a handler property': [(t, c) => {
    c.signal.onabort = f;
  }, '1 registered, 1 live'],
  'a handler property with another value': [(t, c) => {
    c.signal.onabort = f;
    c.signal.onabort = g;
  }, '2 registered, 1 released, 1 live'],
  'a handler property, cleared': [(t, c) => {
    c.signal.onabort = f;
    c.signal.onabort = null;
  }, '1 registered, 1 released'],
  'a handler property, cleared among others and set again': [(t, c) => {
    c.signal.addEventListener('abort', f);
    c.signal.onabort = f;
    c.signal.addEventListener('abort', g);
    c.signal.onabort = null;
    c.signal.removeEventListener('abort', f);
    c.signal.onabort = g;
  }, '4 registered, 2 released, 2 live'],
  'a handler property that was never set, cleared': [(t, c) => {
    c.signal.onabort = null;
    c.signal.addEventListener('abort', f);
  }, '1 registered, 1 live'],
  'a handler property, cleared before it was ever set, then set and cleared': [(t, c) => {
    c.signal.onabort = null;
    c.signal.onabort = f;
    c.signal.onabort = null;
  }, '1 registered, 1 released'],
  'the same, set and left': [(t, c) => {
    c.signal.onabort = null;
    c.signal.onabort = f;
    c.signal.addEventListener('abort', g);
    c.signal.onabort = null;
    c.signal.onabort = g;
  }, '3 registered, 1 released, 2 live'],
  'any: its own listener is seen': [(t, c) => AbortSignal.any([c.signal]).addEventListener('abort', f), '1 registered, 1 live'],
  'any, aborted by its source': [(t, c) => {
    AbortSignal.any([c.signal]).addEventListener('abort', f, { once: true });
    c.abort();
  }, '1 registered, 1 released'],
  'any without a listener is not seen': [(t, c) => AbortSignal.any([c.signal]), 'nothing'],
  'timeout: its own listener is seen': [() => AbortSignal.timeout(100_000).addEventListener('abort', f), '1 registered, 1 live'],
  'addAbortListener, disposed': [(t, c) => {
    if (addAbortListener === undefined) return c.signal.addEventListener('abort', f, { once: true }), c.abort();
    addAbortListener(c.signal, f)[Symbol.dispose]();
  }, '1 registered, 1 released'],
  'events.once() that came, with a signal': [async (t, c) => {
    const came = once(t, 'x', { signal: c.signal });
    fire(t, 'x');
    await came;
  }, '2 registered, 2 released'],
  'events.once() that was aborted': [async (t, c) => {
    const came = once(t, 'x', { signal: c.signal });
    c.abort();
    await assert.rejects(came, { name: 'AbortError' });
  }, '2 registered, 2 released'],
  'a thousand events': [(t) => {
    for (let i = 0; i < 1000; i++) t.addEventListener(`x${i}`, f);
    for (let i = 0; i < 1000; i += 2) t.removeEventListener(`x${i}`, f);
  }, '1000 registered, 500 released, 500 live'],
};

describe('listeners of targets are counted:', () => {
  for (const [what, [act, expected]] of Object.entries(cases)) {
    it(what, async () => {
      const target = new EventTarget();
      const controller = new AbortController();
      assert.equal(await tally('listener', async () => void await act(target, controller)), expected);
      assert.ok(target instanceof EventTarget && controller.signal); // keeps them: a dead target's listeners are collected
    });
  }

  it('those of a port once each, however they were added; and removeAllListeners', async () => {
    const ports = [];
    const { sites } = await recording(() => {
      const { port1, port2 } = new MessageChannel();
      ports.push(port1, port2);
      port1.on('a', f).addListener('a', g).once('b', f); // a chain: its sites are of one line
      port1.off('a', f);
      port1.emit('b');
      port2.on('a', f).on('a', g).on('b', f).removeAllListeners('a');
      port2.on('a', g);
      port2.removeAllListeners();
      port2.on('c', f);
    });
    const own = sites.filter(({ label }) => /'[abc]'/.test(label));
    const sum = (name) => own.reduce((all, site) => all + site[name], 0);
    assert.deepEqual([sum('registered'), sum('released'), sum('live')], [8, 6, 2]);
    for (const port of ports) port.close();
  });

  it('named as those that Node puts on ports', () => {
    const target = new EventTarget();
    return tally('listener', () => target.addEventListener('newListener', f)).then((counts) => assert.equal(counts, '1 registered, 1 live'));
  });

  it('of a new port none of those that Node puts on it, and the same events when the program listens', async () => {
    const ports = [];
    const { sites } = await recording(() => {
      const { port1, port2 } = new MessageChannel();
      ports.push(port1, port2);
      port1.on('newListener', f);
    });
    const listeners = sites.filter(({ kind }) => kind === 'listener').map(({ label, live }) => [label, live]);
    assert.deepEqual(listeners, [["MessagePort 'newListener'", 1]]);
    for (const port of ports) port.close();
  });

  it('a subclass that overrides the methods, by its name', async () => {
    class Feed extends EventTarget {
      addEventListener(...args) {
        return super.addEventListener(...args);
      }
    }
    const feed = new Feed();
    const { sites } = await recording(() => feed.addEventListener('price', f));
    assert.deepEqual(sites.map(({ kind, label, live }) => [kind, label, live]), [['listener', "Feed 'price'", 1]]);
  });

  it('added before the start: removed after it, and beside a new one', async () => {
    const target = new EventTarget();
    target.addEventListener('x', f);
    target.addEventListener('x', g);
    assert.equal(await tally('listener', () => target.removeEventListener('x', f)), 'nothing');
    const { sites } = await recording(() => {
      target.addEventListener('x', f);
      target.removeEventListener('x', g);
    });
    assert.deepEqual(sites.map(({ live }) => live), [1], 'the right one of the two');
    assert.equal(await tally('listener', () => target.removeEventListener('x', f)), 'nothing', 'of a recording that has ended');
  });

  it('not through a Proxy; a note says so', async () => {
    const proxy = new Proxy(new EventTarget(), {});
    const { counts, notes } = await recording(() => proxy.addEventListener('x', f));
    assert.equal(counts.listener, undefined);
    assert.equal(notes.filter((note) => /not seen: listeners added through a Proxy/.test(note)).length, 1);
  });
});

describe('a target that dies', () => {
  it('takes its listeners along: they are collected, not live and not released', async () => {
    const { counts } = await recording(async () => {
      for (let i = 0; i < 100; i++) {
        const target = new EventTarget();
        target.addEventListener('x', f);
        target.addEventListener('x', () => fire(target, 'y'));
        target.addEventListener('y', f);
        target.removeEventListener('y', f);
        new AbortController().signal.addEventListener('abort', f);
      }
      await turn();
    });
    assert.deepEqual(counts.listener, { registered: 400, released: 100, collected: 300, live: 0 });
  });

  it('takes along what Node put for it on a signal that lives on', async () => {
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const { counts } = await recording(async (look) => {
      (function heard(times) {
        const target = new EventTarget();
        const removed = () => {};
        target.addEventListener('x', () => {}, { signal });
        target.addEventListener('y', removed, { signal });
        target.removeEventListener('y', removed);
        if (times > 1) heard(times - 1);
      })(100);
      await turn();
      // Node's own clean-up runs some time after the garbage collection.
      for (let i = 0; i < 50 && look().counts.listener.live > 0; i++) await turn();
    });
    assert.ok(signal);
    assert.equal(counts.listener.live, 0);
    assert.equal(counts.listener.released, 100);
  });

  it('is not kept, nor is a listener that was removed', async () => {
    const refs = [];
    await recording(async () => {
      const kept = new EventTarget();
      (() => {
        const target = new EventTarget();
        const [own, removed, came] = [() => {}, () => {}, () => {}];
        target.addEventListener('x', own, { signal: new AbortController().signal });
        kept.addEventListener('x', removed);
        kept.removeEventListener('x', removed);
        kept.addEventListener('x', came, { once: true });
        fire(kept, 'x');
        refs.push(new WeakRef(target), new WeakRef(own), new WeakRef(removed), new WeakRef(came));
      })();
      assert.ok(await areCollected(...refs));
      assert.ok(kept);
    });
  });
});
