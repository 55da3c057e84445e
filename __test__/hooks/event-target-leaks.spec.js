'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { EventEmitter, once, setMaxListeners } = require('node:events');
const http = require('node:http');
const { PassThrough, addAbortSignal } = require('node:stream');
const { finished, pipeline } = require('node:stream/promises');
const { after, before, describe, it } = require('node:test');
const timers = require('node:timers/promises');
const { aborted, promisify } = require('node:util');

const { leakline, leaksOf, lineOf, recording } = require('../support/recording');

const OPTIONS = { kinds: ['listener'], warmup: 2, rounds: 3, iterations: 4 };
const isListener = (each) => each.kind === 'listener';

// Both live as long as a service does.
const { signal } = new AbortController();
const bus = new (class PriceFeed extends EventTarget {})();
setMaxListeners(0, signal, bus);

/** What piles up when nobody takes it away. */
const leaks = {
  "AbortSignal 'abort'": () => signal.addEventListener('abort', () => {}), // here: AbortSignal 'abort'
  "PriceFeed 'price'": () => bus.addEventListener('price', { handleEvent() {} }), // here: PriceFeed 'price'
  'once that never comes': () => signal.addEventListener('abort', () => {}, { once: true }), // here: once that never comes
  'with a signal that is never aborted': () => bus.addEventListener('x', () => {}, { signal }), // here: with a signal that is never aborted
  'on a composite of a signal that lives on': () => AbortSignal.any([signal]).addEventListener('abort', () => {}), // here: on a composite of a signal that lives on
  'events.once() that is given up': () => void once(bus, 'never'), // here: events.once() that is given up
};

/** The same done right. */
const fixed = {
  'removed when the request ends': () => {
    const onAbort = () => {};
    signal.addEventListener('abort', onAbort);
    signal.removeEventListener('abort', onAbort);
  },
  'a signal of the request’s own': () => {
    const request = new AbortController();
    bus.addEventListener('price', () => {}, { signal: request.signal });
    request.abort();
  },
  'a signal and a target that die': () => {
    const target = new EventTarget();
    target.addEventListener('x', () => {}, { signal });
    new AbortController().signal.addEventListener('abort', () => {});
  },
  'a composite whose listener is removed': () => {
    const any = AbortSignal.any([signal, AbortSignal.timeout(60_000)]);
    const onAbort = () => {};
    any.addEventListener('abort', onAbort);
    any.removeEventListener('abort', onAbort);
  },
  'composites and timeouts that nobody listens to': () => void [AbortSignal.any([signal]), AbortSignal.timeout(60_000)],
  'timers/promises': () => timers.setTimeout(1, null, { signal }),
  'timers/promises, given up': async () => {
    const own = new AbortController();
    const waiting = timers.setTimeout(10_000, null, { signal: AbortSignal.any([signal, own.signal]) });
    own.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
  },
  'addAbortSignal on a stream that ends': async () => {
    const stream = addAbortSignal(signal, new PassThrough());
    stream.end('x').resume();
    await finished(stream);
  },
  'pipeline with a signal': () => pipeline(['a', 'b'], new PassThrough(), async (all) => {
    for await (const each of all) void each;
  }, { signal }),
  'events.once() that comes': async () => {
    const own = new AbortController();
    const came = once(bus, 'x', { signal });
    const givenUp = once(new EventEmitter(), 'x', { signal: own.signal });
    bus.dispatchEvent(new Event('x'));
    own.abort();
    await came;
    await assert.rejects(givenUp, { name: 'AbortError' });
  },
  'a child process': () => promisify(execFile)(process.execPath, ['--version'], { signal }),
  'a MessageChannel that is closed': async () => {
    const { port1, port2 } = new MessageChannel();
    const came = new Promise((resolve) => port2.on('message', resolve));
    port1.postMessage('x');
    await came;
    const closed = once(port2, 'close');
    port1.close();
    await closed;
  },
  'util.aborted() of what dies': () => void aborted(signal, {}),
  'a handler property': () => {
    signal.onabort = () => {};
  },
};

describe('check', () => {
  for (const [what, leak] of Object.entries(leaks)) {
    it(`names the line: ${what}`, async () => {
      const [found, ...others] = await leaksOf(leak, OPTIONS);
      const { kind, line, perIteration, label } = found ?? {};
      assert.deepEqual({ kind, line, perIteration }, { kind: 'listener', line: lineOf(__filename, what), perIteration: 1 });
      if (what.includes("'")) assert.equal(label, what);
      assert.deepEqual(others, []);
    });
  }

  for (const [what, fn] of Object.entries(fixed)) {
    it(`is silent: ${what}`, async () => {
      const { leaks: found, message } = await leakline.check(fn, { ...OPTIONS, iterations: 6 });
      assert.deepEqual(found.filter(isListener), [], message);
    });
  }
});

describe('in adaptive mode', () => {
  it('few of those that die young are tracked, and stand for the others; one that gathers listeners is tracked', async () => {
    const young = 30_000;
    const long = new EventTarget();
    setMaxListeners(0, long);
    const { sites, snapshot } = await recording(async () => {
      for (let i = 0; i < young; i++) new AbortController().signal.addEventListener('abort', () => {}); // here: young
      for (let i = 0; i < 20; i++) long.addEventListener('late', () => {}); // here: late
    }, { mode: 'adaptive' });
    const at = (mark) => sites.filter(({ origin }) => origin.line === lineOf(__filename, mark));
    assert.ok(long);
    // Node adds the first listener of an event and the others at lines of its own.
    const sum = (mark, name) => at(mark).reduce((all, site) => all + site[name], 0);
    // One of the first eight may stand for some that were not recorded.
    assert.ok(sum('late', 'live') >= 13 && at('late').length > 0, `${sum('late', 'live')} of 20`);
    assert.ok(at('late').every(({ label }) => label === "EventTarget 'late'"));
    assert.equal(sum('young', 'live'), 0);
    assert.ok(Math.abs(sum('young', 'registered') / young - 1) < 0.5, `${sum('young', 'registered')} estimated of ${young}`);
    const { events } = snapshot.overhead;
    assert.ok(events < (2 * young) / 3, `${events} events of ${young} registrations`);
    assert.ok(sum('young', 'registered') <= snapshot.totals.listener.registered, 'an estimate is within the totals');
  });
});

describe('check of requests by fetch', () => {
  const server = http.createServer((request, response) => response.end('answer'));
  let url;
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const requests = {
    'a signal each': () => new AbortController().signal,
    'a timeout each': () => AbortSignal.timeout(60_000),
    'one signal for all': () => signal,
    'one signal for all or a timeout': () => AbortSignal.any([signal, AbortSignal.timeout(60_000)]),
  };
  for (const [what, signalOf] of Object.entries(requests)) {
    it(`is silent: ${what}`, async () => {
      const { leaks: found, message } = await leakline.check(async () => {
        const response = await fetch(url, { signal: signalOf() });
        await response.text();
      }, { ...OPTIONS, warmup: 10 });
      assert.deepEqual(found.filter(isListener), [], message);
    });
  }

  it('names the line of a listener of the application’s own', async () => {
    const found = await leaksOf(async () => {
      const response = await fetch(url, { signal });
      signal.addEventListener('abort', () => response.body.cancel()); // here: beside fetch
      await response.text();
    }, { ...OPTIONS, warmup: 10 });
    assert.deepEqual(found.map(({ line, perIteration }) => [line, perIteration]), [[lineOf(__filename, 'beside fetch'), 1]]);
  });
});
