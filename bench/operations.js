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

/** Each makes what it needs and returns what is measured: a function that does it `n` times, at once or by a promise. */
const operations = {
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
  if (mode !== 'bare') require('..').start({ mode });
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
