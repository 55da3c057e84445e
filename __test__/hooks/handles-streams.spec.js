'use strict';

// Handles that have no descriptor of their own: zlib streams, interfaces of readline, iterators of events.on(), agents,
// sessions of HTTP/2.

const assert = require('node:assert/strict');
const { EventEmitter, once, on } = require('node:events');
const events = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const readline = require('node:readline');
const readlinePromises = require('node:readline/promises');
const { PassThrough } = require('node:stream');
const { after, afterEach, before, describe, it } = require('node:test');
const zlib = require('node:zlib');

const { gc } = require('../support/garbage');
const { later, leakline, leaksOf, lineOf, tally, turn } = require('../support/recording');

const KIND = { kinds: ['handle'] };
const CHECK = { ...KIND, iterations: 2, rounds: 3, warmup: 1 };
const kept = [];
let server;
let session;
let url;

before(async () => {
  server = http.createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1');
  session = http2.createServer().listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(session, 'listening')]);
  url = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
  session.close();
});
afterEach(() => kept.splice(0).forEach((end) => end()));

const get = (agent) => new Promise((resolve, reject) => {
  http.get(url, { agent }, (response) => response.resume().on('end', resolve)).on('error', reject);
});
const connect = () => http2.connect(`http://127.0.0.1:${session.address().port}`).on('error', () => {});

// What is done, and what is counted.
const cases = {
  'a zlib stream': {
    'that is closed': [() => zlib.createGzip().close(), '1 registered, 1 released'],
    'that is destroyed': [() => void zlib.createInflate().on('error', () => {}).destroy(), '1 registered, 1 released'],
    'that ends': [async () => {
      const stream = zlib.createGzip();
      stream.resume().end('x');
      await once(stream, 'close');
    }, '1 registered, 1 released'],
    'made by new, and by a class that inherits': [() => {
      class Own extends zlib.Gzip {}
      for (const stream of [new zlib.BrotliCompress(), new Own()]) stream.close();
    }, '2 registered, 2 released'],
    'made by a call without new': [() => zlib.Gunzip().close(), '1 registered, 1 released'],
    'that is kept': [() => {
      const stream = zlib.createGzip();
      kept.push(() => stream.close());
    }, '1 registered, 1 live'],
    'that is garbage': [async () => {
      zlib.createGzip();
      await turn();
      gc();
    }, '1 registered, 1 collected'],
    'of a whole buffer, which is Node\'s own': [() => new Promise((resolve) => zlib.gzip('x', resolve)), 'nothing'],
  },
  'an interface of readline': {
    'that is closed': [() => readline.createInterface({ input: new PassThrough() }).close(), '1 registered, 1 released'],
    'of promises': [() => readlinePromises.createInterface({ input: new PassThrough() }).close(), '1 registered, 1 released'],
    'that is kept': [() => {
      const reader = readline.createInterface({ input: new PassThrough() });
      kept.push(() => reader.close());
    }, '1 registered, 1 live'],
    'of a file is the file': [async () => {
      const input = fs.createReadStream(__filename);
      for await (const line of readline.createInterface({ input })) if (line !== '') break;
      await (input.closed || once(input, 'close'));
    }, '1 registered, 1 released'],
  },
  'an iterator of events.on': {
    'that is left by break': [async () => {
      const emitter = new EventEmitter();
      setImmediate(() => emitter.emit('x', 1));
      for await (const [one] of events.on(emitter, 'x')) if (one) break;
    }, '1 registered, 1 released'],
    'that is aborted': [async () => {
      const own = new AbortController();
      const emitter = new EventEmitter();
      kept.push(() => emitter.removeAllListeners());
      const iterator = events.on(emitter, 'x', { signal: own.signal });
      own.abort();
      await assert.rejects(iterator.next());
    }, '1 registered, 1 released'],
    'that nobody holds, though its emitter lives': [async () => {
      const emitter = new EventEmitter();
      kept.push(() => emitter.removeAllListeners());
      events.on(emitter, 'x');
      await turn();
      gc();
    }, '1 registered, 1 live'],
    'whose emitter is garbage': [async () => {
      events.on(new EventEmitter(), 'x');
      await turn();
      gc();
    }, '1 registered, 1 released'],
  },
  'an agent': {
    'that is destroyed': [() => new http.Agent({ keepAlive: true }).destroy(), '1 registered, 1 released'],
    'of https, and of a class that inherits': [() => {
      class ProxyAgent extends https.Agent {}
      for (const agent of [new https.Agent(), new ProxyAgent()]) agent.destroy();
    }, '2 registered, 2 released'],
    'that is called as old code inherits': [() => {
      function Old() { http.Agent.call(this, {}); }
      Object.setPrototypeOf(Old.prototype, http.Agent.prototype);
      new Old().destroy();
    }, '1 registered, 1 released'],
    'whose socket is open: that is a part of it': [async () => {
      const agent = new http.Agent({ keepAlive: true });
      kept.push(() => agent.destroy());
      await get(agent);
    }, '1 registered, 1 live'],
  },
  'a session of HTTP/2': {
    'that is closed': [async () => {
      const peer = connect();
      await once(peer, 'connect');
      peer.close();
      await once(peer, 'close');
    }, '1 registered, 1 released'],
    'that is kept': [async () => {
      const peer = connect();
      await once(peer, 'connect');
      kept.push(() => peer.destroy());
    }, '1 registered, 1 live'],
  },
};

for (const [what, ways] of Object.entries(cases)) {
  describe(`${what} is counted once:`, () => {
    for (const [way, [act, expected]] of Object.entries(ways)) {
      it(way, async () => {
        const counted = await tally('handle', async () => {
          await act();
          await later();
        }, KIND);
        assert.equal(counted, expected);
      });
    }
  });
}

describe('check() names the line that opens', () => {
  const openers = {
    'Gzip': () => {
      const stream = zlib.createGzip(); // here: Gzip
      kept.push(() => stream.close());
    },
    'readline.Interface': () => {
      const reader = readline.createInterface({ input: new PassThrough() }); // here: readline.Interface
      kept.push(() => reader.close());
    },
    'events.on iterator': () => {
      const emitter = new EventEmitter();
      kept.push(() => emitter.removeAllListeners());
      events.on(emitter, 'x'); // here: events.on iterator
    },
    'Agent': async () => {
      const agent = new http.Agent({ keepAlive: true }); // here: Agent
      kept.push(() => agent.destroy());
      await get(agent);
    },
    'ClientHttp2Session': async () => {
      const peer = connect(); // its line is that of connect()
      kept.push(() => peer.destroy());
      await once(peer, 'connect');
    },
  };
  const connectLine = () => fs.readFileSync(__filename, 'utf8').split('\n').findIndex((line) => line.startsWith('const connect =')) + 1;
  for (const [label, fn] of Object.entries(openers)) {
    it(label, async () => {
      const found = await leaksOf(fn, CHECK);
      const line = label === 'ClientHttp2Session' ? connectLine() : lineOf(__filename, label);
      assert.deepEqual(found, [{ kind: 'handle', label, line, growth: 'instances', perIteration: 1 }]);
    });
  }

  it('and advises to share one agent where each request was read', async () => {
    const { message } = await leakline.check(async () => {
      const agent = new http.Agent({ keepAlive: true });
      kept.push(() => agent.destroy());
      await get(agent);
    }, CHECK);
    assert.match(message, /share one Agent/);
    assert.doesNotMatch(message, /read each response to its end/);
  });
});

describe('what is replaced', () => {
  it('looks the same, and is put back', () => {
    const look = () => [zlib.Gzip, zlib.createGzip, http.Agent, https.Agent].map((fn) => [fn.name, fn.length, Object.getOwnPropertyNames(fn).sort()]);
    const [before, gzip, agent] = [look(), zlib.Gzip, http.Agent];
    leakline.start({ mode: 'full' });
    assert.deepEqual(look(), before);
    assert.ok(new zlib.Gzip() instanceof zlib.Gzip && zlib.createGzip() instanceof zlib.Gzip);
    assert.ok(new http.Agent() instanceof http.Agent && new https.Agent() instanceof http.Agent);
    assert.equal(new http.Agent().constructor, http.Agent);
    assert.equal(on.length, events.on.length);
    leakline.stop();
    assert.deepEqual([zlib.Gzip, http.Agent], [gzip, agent]);
  });
});
