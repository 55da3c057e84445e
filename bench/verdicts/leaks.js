'use strict';

// What leaks, one by one, each at a line of its own. `hard`: a leak within a minute; `soft`: a suspect first, a leak after five
// minutes; `piling`: a suspect that stays one.

const { EventEmitter, setMaxListeners } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');

/** The part of the limit of open files that one leak takes. */
const SHARE_OF_FILES = 0.6;
const TEN_MINUTES_MS = 600_000;

/**
 * @typedef {object} Leak
 * @property {() => void} add leaks one more
 * @property {() => void} release gives all of it back
 *
 * @typedef {object} Given
 * @property {number} rate how many a second
 * @property {number} loadMs how long it leaks
 * @property {number} files that the process may open
 * @property {string} peer where somebody listens who keeps each connection
 */

/** @type {Record<string, { certainty: 'hard' | 'soft' | 'piling', kind: string, make: (given: Given) => Leak }>} */
const LEAKS = {
  'listener on an old emitter': {
    certainty: 'hard',
    kind: 'listener',
    make() {
      const bus = new EventEmitter().setMaxListeners(0);
      return {
        add: () => bus.on('config', () => bus), // listener on an old emitter
        release: () => bus.removeAllListeners('config'),
      };
    },
  },

  'listener on an AbortSignal': {
    certainty: 'hard',
    kind: 'listener',
    make() {
      const { signal } = new AbortController();
      setMaxListeners(0, signal);
      const listeners = [];
      return {
        add() {
          const listener = () => listeners;
          signal.addEventListener('abort', listener); // listener on an AbortSignal
          listeners.push(listener);
        },
        release: () => listeners.splice(0).forEach((listener) => signal.removeEventListener('abort', listener)),
      };
    },
  },

  interval: {
    certainty: 'hard',
    kind: 'interval',
    make() {
      const timers = [];
      return {
        add: () => timers.push(setInterval(() => {}, TEN_MINUTES_MS)), // interval
        release: () => timers.splice(0).forEach((timer) => clearInterval(timer)),
      };
    },
  },

  socket: {
    certainty: 'hard',
    kind: 'handle',
    make({ peer, files }) {
      const sockets = [];
      return {
        add() {
          // It has long been reported by then.
          if (sockets.length >= files * SHARE_OF_FILES) return;
          sockets.push(net.connect(peer).on('error', () => {})); // socket
        },
        release: () => sockets.splice(0).forEach((socket) => socket.destroy()),
      };
    },
  },

  'a new emitter each': {
    certainty: 'soft',
    kind: 'listener',
    make: () => emitters((emitter) => emitter.on('updated', () => emitter)), // a new emitter each
  },

  'a new emitter each, of an event of each request': {
    certainty: 'soft',
    kind: 'listener',
    make: () => emitters((emitter) => emitter.on('done', () => emitter)), // a new emitter each, of an event of each request
  },

  Map: {
    certainty: 'soft',
    kind: 'map',
    make() {
      const map = new Map(); // Map
      let count = 0;
      return { add: () => map.set(++count, {}), release: () => map.clear() };
    },
  },

  Set: {
    certainty: 'soft',
    kind: 'set',
    make() {
      const set = new Set(); // Set
      let count = 0;
      return { add: () => set.add(++count), release: () => set.clear() };
    },
  },

  'file handle, half of them closed': {
    certainty: 'soft',
    kind: 'handle',
    make({ rate, loadMs, files }) {
      const handles = [];
      // More of them are closed where the system could not open as many.
      const keepsOneIn = Math.max(2, Math.ceil((rate * loadMs) / 1_000 / (files * SHARE_OF_FILES)));
      let count = 0;
      const open = () => fs.promises.open(__filename); // file handle, half of them closed
      return {
        async add() {
          const isKept = count++ % keepsOneIn === 0;
          const handle = await open();
          if (isKept) handles.push(handle);
          else await handle.close();
        },
        release: () => handles.splice(0).forEach((handle) => handle.close()),
      };
    },
  },

  'timeout of ten minutes': {
    certainty: 'piling',
    kind: 'timeout',
    make() {
      const timers = [];
      return {
        add: () => timers.push(setTimeout(() => {}, TEN_MINUTES_MS)), // timeout of ten minutes
        release: () => timers.splice(0).forEach((timer) => clearTimeout(timer)),
      };
    },
  },
};

function emitters(listen) {
  const kept = [];
  return { add: () => kept.push(listen(new EventEmitter())), release: () => kept.splice(0) };
}

/** Leaks that live side by side: of those that only a garbage collection proves one in each group, or it would prove the other. */
const GROUPS = [
  ['listener on an old emitter', 'listener on an AbortSignal', 'interval', 'socket', 'Map', 'Set', 'timeout of ten minutes', 'a new emitter each'],
  ['a new emitter each, of an event of each request'],
  ['file handle, half of them closed'],
];

module.exports = { LEAKS, GROUPS };
