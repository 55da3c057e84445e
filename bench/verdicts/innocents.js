'use strict';

// What comes and goes, fills up, or is built once: never a leak, and a suspect only where that is said with its reserve. Each
// has a line of its own. `ended` is to be called when the first of it has ended: from then on it can be distinguished.

const { EventEmitter } = require('node:events');
const http = require('node:http');
const { repeatedly } = require('./pace');

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** @type {Record<string, { kinds: string[], start: (ended: () => void) => void }>} */
const INNOCENTS = {
  'an LRU that is full': {
    kinds: ['map'],
    start(ended) {
      const map = new Map(Array.from({ length: 500 }, (_, n) => [n, n])); // an LRU that is full
      ended();
      lru(map, 500, 100, () => {});
    },
  },

  'an LRU that fills': {
    kinds: ['map'],
    start(ended) {
      const map = new Map(); // an LRU that fills
      lru(map, 5_000, 67, ended);
    },
  },

  'a cache with a time to live': {
    kinds: ['map'],
    start(ended) {
      const map = new Map(); // a cache with a time to live
      let count = 0;
      repeatedly(50, () => {
        map.set(++count, Date.now() + 30 * SECOND);
        for (const [key, until] of map) {
          if (until > Date.now()) break;
          map.delete(key);
          ended();
        }
      });
    },
  },

  'a Map that swings': {
    kinds: ['map'],
    start(ended) {
      const map = new Map(); // a Map that swings
      repeatedly(100, () => {
        map.set(Math.random(), true);
        if (map.size < 1_500) return;
        map.clear();
        ended();
      });
    },
  },

  'keep-alive sockets': {
    kinds: ['handle', 'listener'],
    start(ended) {
      const server = http.createServer((_, response) => setTimeout(() => response.end('ok'), 30)).listen(0, '127.0.0.1');
      const agent = new http.Agent({ keepAlive: true });
      const seen = new WeakSet();
      server.keepAliveTimeout = 5 * SECOND;
      repeatedly(20, () => {
        const { port } = server.address();
        // In bursts: some of the sockets wait until they time out.
        for (let n = Math.random() < 0.02 ? 30 : 1; n > 0; n--) {
          const request = http.get({ host: '127.0.0.1', port, agent }, (response) => response.resume()); // keep-alive sockets
          request.on('error', () => {}).on('socket', (socket) => {
            if (!seen.has(socket)) socket.once('close', ended);
            seen.add(socket);
          });
        }
      });
    },
  },

  'sessions of a minute': {
    kinds: ['listener', 'map'],
    start(ended) {
      const sessions = new Set();
      repeatedly(5, () => {
        const session = new EventEmitter().on('message', () => sessions); // sessions of a minute
        sessions.add(session);
        setTimeout(() => {
          sessions.delete(session);
          ended();
        }, MINUTE);
      });
    },
  },

  'emitters of a request': {
    kinds: ['listener'],
    start(ended) {
      ended();
      repeatedly(100, () => {
        const scope = new EventEmitter().on('answered', () => scope); // emitters of a request
        setTimeout(() => scope.emit('answered'), Math.random() * 500);
      });
    },
  },

  'a debounced timer': {
    kinds: ['timeout'],
    start(ended) {
      let timer;
      repeatedly(40, () => {
        clearTimeout(timer);
        timer = setTimeout(ended, 200); // a debounced timer
        if (Math.random() < 0.1) ended();
      });
    },
  },

  'a throttled timer': {
    kinds: ['timeout'],
    start(ended) {
      let timer;
      repeatedly(40, () => {
        timer ??= setTimeout(() => {
          timer = undefined;
          ended();
        }, 300); // a throttled timer
      });
    },
  },

  'retries that wait longer each time': {
    kinds: ['timeout'],
    start(ended) {
      const retry = (attempt) => setTimeout(() => {
        ended();
        if (attempt < 8) retry(attempt + 1);
      }, 100 * 2 ** attempt); // retries that wait longer each time
      repeatedly(2, () => retry(0));
    },
  },

  'a pool that warms up': {
    kinds: ['listener', 'interval'],
    start() {
      const idle = [];
      let made = 0;
      repeatedly(30, () => {
        let connection = idle.pop();
        if (connection === undefined && made < 20) {
          made++;
          connection = new EventEmitter().on('close', () => made--); // a pool that warms up
        }
        if (connection !== undefined) setTimeout(() => idle.push(connection), Math.random() * 400);
      });
    },
  },

  'singletons that are made when they are needed': {
    kinds: ['listener'],
    start() {
      const made = new Map();
      repeatedly(1, () => {
        const name = Math.floor(Math.random() * 6);
        if (Math.random() < 0.02 && !made.has(name)) made.set(name, new EventEmitter().on('reload', () => made)); // singletons that are made when they are needed
      });
    },
  },

  'a table that is built at the start': {
    kinds: ['map', 'listener'],
    start() {
      const table = new Map(); // a table that is built at the start
      const stop = repeatedly(1_000, () => {
        table.set(table.size, true);
        if (table.size >= 5_000) stop();
      });
    },
  },

  'a job once a minute': {
    kinds: ['listener', 'interval'],
    start(ended) {
      const bus = new EventEmitter();
      setInterval(() => {
        for (let n = 0; n < 20; n++) {
          const listener = () => bus;
          bus.on('step', listener); // a job once a minute
          setTimeout(() => {
            bus.off('step', listener);
            ended();
          }, 100 * n);
        }
      }, MINUTE);
    },
  },
};

/** Each reads and writes; the least recently written leaves. */
function lru(map, limit, perSecond, ended) {
  let key = 0;
  repeatedly(perSecond, () => {
    map.set(`key ${++key}`, true);
    if (map.size <= limit) return;
    map.delete(map.keys().next().value);
    ended();
  });
}

module.exports = { INNOCENTS };
