'use strict';

// Nanoseconds per operation in each mode against bare Node. Every figure is taken in a process of
// its own, the modes in turn, and the ratio is the median over the rounds.

const { execFileSync } = require('node:child_process');
const { EventEmitter, once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { median, table, machine } = require('./support/figures.js');

const MODES = ['bare', 'counts', 'adaptive', 'full'];
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
/** Only operations with this in their name. */
const isWanted = (name) => name.includes(process.env.BENCH_ONLY ?? '');

/** What takes the system's time is done less often. */
const FEW = 1_000;

/**
 * Each makes what it needs and returns what is measured: a function that does it `n` times, at once or by a promise.
 * Those of Maps that grow are first: later on the one that they make may be none that adaptive mode samples.
 */
const operations = {
  'a new key in a Map that grows': () => {
    const map = growing();
    let key = map.size;
    return (n) => {
      for (let i = 0; i < n; i++) map.set(key++, i);
      // As large in each turn: a large table costs more.
      for (let i = 1; i <= n; i++) map.delete(key - i);
    };
  },
  'a known key in a Map that grows': () => {
    const map = growing();
    return (n) => {
      for (let i = 0; i < n; i++) map.set(i & 31, i);
    };
  },
  'get from a Map that grows': () => {
    const map = growing();
    return (n) => {
      for (let i = 0; i < n; i++) sink = map.get(i & 31);
    };
  },
  'a key that comes and goes in a bounded Map': () => {
    const map = new Map();
    let key = 0;
    return (n) => {
      for (let i = 0; i < n; i++) {
        map.set(key++, i);
        map.delete(key - 32);
      }
    };
  },
  'on + off, 10 listeners': () => onOff(10),
  'on + off, 1,000 listeners': () => onOff(1000),
  'once + emit': () => {
    const emitter = new EventEmitter();
    return (n) => {
      for (let i = 0; i < n; i++) {
        emitter.once('event', () => {});
        emitter.emit('event');
      }
    };
  },
  'new emitter + on': () => (n) => {
    for (let i = 0; i < n; i++) new EventEmitter().on('event', () => {});
  },
  'addEventListener + removeEventListener, 10 listeners': () => addRemove(10),
  'addEventListener + removeEventListener, 1,000 listeners': () => addRemove(1000),
  'new AbortController + addEventListener': () => (n) => {
    for (let i = 0; i < n; i++) new AbortController().signal.addEventListener('abort', () => {});
  },
  'setTimeout + clearTimeout': () => (n) => {
    for (let i = 0; i < n; i++) clearTimeout(setTimeout(() => {}, 1000));
  },
  'new Map': () => (n) => {
    for (let i = 0; i < n; i++) sink = new Map();
  },
  'openSync + closeSync': () => (n) => {
    for (let i = 0; i < n; i++) fs.closeSync(fs.openSync(__filename));
  },
  'createReadStream, read': () => few(async (n) => {
    for (let i = 0; i < n; i++) await once(fs.createReadStream(__filename).resume(), 'close');
  }),
  'fs.promises.open + close': () => few(async (n) => {
    for (let i = 0; i < n; i++) await (await fs.promises.open(__filename)).close();
  }),
  'socket, connected and destroyed': () => {
    const server = net.createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    return few(async (n) => {
      if (!server.listening) await once(server, 'listening');
      for (let i = 0; i < n; i++) {
        const socket = net.connect(server.address().port, '127.0.0.1');
        await once(socket, 'connect');
        socket.destroy();
      }
    });
  },
};

const few = (run) => Object.assign(run, { times: FEW });

let sink = null;
let look = () => {};

/** A Map that has grown in several looks, so that who fills it is seen. */
function growing() {
  const map = new Map();
  for (let i = 0; i < 60; i++) {
    map.set(i, i);
    if (i % 10 === 0) look();
  }
  look();
  return map;
}

function onOff(count) {
  const emitter = new EventEmitter().setMaxListeners(0);
  for (let i = 0; i < count; i++) emitter.on('event', () => {});
  const listener = () => {};
  return (n) => {
    for (let i = 0; i < n; i++) {
      emitter.on('event', listener);
      emitter.off('event', listener);
    }
  };
}

function addRemove(count) {
  const { signal } = new AbortController();
  for (let i = 0; i < count; i++) signal.addEventListener('abort', () => {});
  const listener = () => {};
  return (n) => {
    for (let i = 0; i < n; i++) {
      signal.addEventListener('abort', listener);
      signal.removeEventListener('abort', listener);
    }
  };
}

/** The fastest of several turns, each long enough for the clock, with the event loop in between. */
async function nanoseconds(run) {
  const times = [];
  const { times: n = 20_000 } = run;
  for (let turn = 0; turn < 12; turn++) {
    const from = process.hrtime.bigint();
    await run(n);
    times.push(Number(process.hrtime.bigint() - from) / n);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return median(times.slice(2));
}

async function child(mode) {
  if (mode !== 'bare') {
    require('..').start({ mode });
    look = () => require('..').snapshot();
  }
  const figures = {};
  for (const [name, make] of Object.entries(operations)) if (isWanted(name)) figures[name] = await nanoseconds(make());
  if (isWanted('new Map') && sink === null) throw new Error('nothing was made');
  process.stdout.write(JSON.stringify(figures), () => process.exit(0));
}

function parent() {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`);
    rounds.push(Object.fromEntries(MODES.map((mode) => [mode, JSON.parse(execFileSync(process.execPath, [__filename, mode]))])));
  }
  const rows = Object.keys(operations).filter(isWanted).map((name) => {
    const cells = MODES.map((mode) => {
      const ns = median(rounds.map((round) => round[mode][name]));
      if (mode === 'bare') return `${ns.toFixed(0)} ns`;
      return `${ns.toFixed(0)} ns (${median(rounds.map((round) => round[mode][name] / round.bare[name])).toFixed(1)}×)`;
    });
    return [name, ...cells];
  });
  console.log(`${machine()}, medians of ${ROUNDS} rounds`);
  table(['operation', ...MODES], rows);
}

if (MODES.includes(process.argv[2])) child(process.argv[2]);
else parent();
