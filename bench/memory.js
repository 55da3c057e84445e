'use strict';

// What a live registration costs in memory: native, as leakline counts it, and on JavaScript's heap and in RSS, as a process
// with leakline has more than one without. Each in a process of its own, in turn.

const { EventEmitter } = require('node:events');
const path = require('node:path');

const { median, table, machine, progress, later, count } = require('./support/figures');
const { readOptions } = require('./support/options');
const { startProcess, reply } = require('./support/processes');

const MODES = ['bare', 'counts', 'adaptive', 'full'];
/** Until what is collected is known to all, between collections. */
const SETTLE_MS = 100;
/** Listeners are recorded one by one from two seconds of their emitter on, but in full mode. */
const AGE_MS = 2_500;
/** As an application has them: emitters that are there from the start. */
const EMITTERS = 1_000;

/** By kind: what makes one, and keeps it. */
const makers = {
  listener: (kept) => {
    const emitters = Array.from({ length: EMITTERS }, () => new EventEmitter().setMaxListeners(0));
    kept.push(emitters);
    // An emitter's age is known from its first listener on.
    for (const emitter of emitters) emitter.on('other', () => {});
    return (n) => emitters[n % EMITTERS].on('event', () => {});
  },
  timeout: (kept) => (n) => {
    kept[n] = setTimeout(() => {}, 2 ** 30).unref();
  },
  map: (kept) => (n) => {
    kept[n] = new Map();
  },
};

if (process.argv[2] === 'hold') reply({}, () => hold(...process.argv.slice(3)));
else main();

async function main() {
  const options = readOptions({ rounds: 3 });
  const modes = options.chooseModes(MODES);
  const sizes = options.isQuick ? [1_000] : [100_000, 1_000_000];
  const cases = Object.keys(makers).filter(options.isWanted).flatMap((kind) => sizes.map((live) => ({ kind, live })));
  const rounds = [];
  for (let i = 0; i < options.rounds; i++) {
    const round = {};
    for (const { kind, live } of cases) for (const mode of modes) round[`${kind} ${live} ${mode}`] = await measure(kind, live, mode, options.isQuick);
    rounds.push(round);
    progress(`memory, round ${i + 1} of ${options.rounds}`);
  }
  console.log(`${machine()}; medians of ${options.rounds} rounds. Heap and RSS: what it has more than bare in the same round.`);
  const rows = cases.flatMap(({ kind, live }) => modes.slice(1).map((mode) => {
    const each = (figure) => `${(median(rounds.map((round) => figure(round[`${kind} ${live} ${mode}`], round[`${kind} ${live} bare`]))) / live).toFixed(1)} B`;
    return [kind, count(live), mode, each((one) => one.native), each((one, bare) => one.heap - bare.heap), each((one, bare) => one.rss - bare.rss)];
  }));
  table(['kind', 'live', 'mode', 'native', 'heap', 'RSS'], rows);
}

async function measure(kind, live, mode, isQuick) {
  // A heap that need not be collected while it grows measures the same each time.
  const node = ['--expose-gc', '--max-semi-space-size=16'];
  const process = await startProcess(path.join(__dirname, 'memory.js'), { args: ['hold', kind, String(live), mode, String(isQuick)], node });
  const figures = await process.ask('hold');
  await process.end();
  return figures;
}

async function hold(kind, live, mode, isQuick) {
  const settleMs = isQuick === 'true' ? 0 : SETTLE_MS;
  const leakline = mode === 'bare' ? null : require('..');
  leakline?.start({ mode });
  const kept = (globalThis.kept = []);
  const make = makers[kind](kept);
  if (kind === 'listener' && settleMs > 0) await later(AGE_MS);
  const before = await use(leakline, settleMs);
  for (let n = 0; n < Number(live); n++) {
    make(n);
    // As they come to a service, and not all in one turn of the event loop.
    if (n % 10_000 === 0) await new Promise(setImmediate);
  }
  const after = await use(leakline, settleMs);
  return Object.fromEntries(Object.keys(after).map((figure) => [figure, after[figure] - before[figure]]));
}

async function use(leakline, settleMs) {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await later(settleMs);
  }
  const native = leakline?.snapshot().overhead.bytes ?? 0;
  globalThis.gc();
  const { heapUsed: heap, rss } = process.memoryUsage();
  return { native, heap, rss };
}
