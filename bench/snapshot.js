'use strict';

// How long snapshot() stops the event loop, by live registrations and by sites: it is to depend on the sites alone. Each size
// in a process of its own, the sizes in turn. `pause`: from one turn of the event loop to the next with a snapshot in
// between, which has what the snapshot leaves to the garbage collector.

const { EventEmitter } = require('node:events');
const path = require('node:path');

const { median, table, machine, progress, count } = require('./support/figures');
const { readOptions } = require('./support/options');
const { inTurn, startProcess, reply } = require('./support/processes');

const SITES = 100;
const LIVE = 100_000;
/** Snapshots of a turn. */
const TIMES = 7;

if (process.argv[2] === 'hold') hold(Number(process.argv[3]), Number(process.argv[4]));
else main();

async function main() {
  const options = readOptions({ rounds: 5 });
  const most = options.isQuick ? 10_000 : 1_000_000;
  const sizes = [
    ...[1_000, 10_000, 100_000, 1_000_000].map((live) => ({ live, sites: SITES })),
    ...[10, 1_000, 10_000].map((sites) => ({ live: LIVE, sites })),
  ].filter(({ live, sites }) => Math.max(live, sites) <= most);
  const all = [];
  for (const { live, sites } of sizes) {
    const process = await startProcess(path.join(__dirname, 'snapshot.js'), { args: ['hold', String(live), String(sites)], node: ['--expose-gc'] });
    all.push({ live, sites, process, took: [], pauses: [], native: process.ready.native });
    progress(`snapshot: ${count(live)} live, ${count(sites)} sites`);
  }
  for (const { one } of inTurn(all, options.rounds)) {
    const { took, pauses } = await one.process.ask('snapshot');
    one.took.push(...took);
    one.pauses.push(...pauses);
  }
  await Promise.all(all.map(({ process }) => process.end()));
  console.log(`${machine()}; full mode, medians of ${options.rounds * TIMES} snapshots, the sizes in turn.`);
  const ms = (time) => `${time.toFixed(2)} ms`;
  table(
    ['live listeners', 'sites', 'snapshot', 'pause of the event loop', 'longest pause', 'native bytes each'],
    all.map(({ live, sites, took, pauses, native }) => [count(live), count(sites), ms(median(took)), ms(median(pauses)), ms(Math.max(...pauses)), `${(native / live).toFixed(0)} B`]),
  );
}

/** A process that holds so many, made by so many lines. */
function hold(live, sites) {
  const leakline = require('..');
  leakline.start({ mode: 'full', kinds: ['listener'] });
  const emitters = Array.from({ length: 1000 }, () => new EventEmitter().setMaxListeners(0));
  const register = registrars(sites);
  for (let n = 0; n < live; n++) register[n % sites](emitters[n % 1000]);
  globalThis.held = emitters;
  const { overhead, totals, sites: seen } = leakline.snapshot();
  if (totals.listener.live < live) throw new Error(`only ${totals.listener.live} of ${live} are live`);
  if (seen.length < sites) throw new Error(`only ${seen.length} of ${sites} sites are seen`);
  globalThis.gc();
  reply({ native: overhead.bytes }, async () => {
    const [took, pauses] = [[], []];
    for (let i = 0; i < TIMES; i++) {
      const before = performance.now();
      const inside = await new Promise((resolve) => {
        setImmediate(() => {
          const from = performance.now();
          leakline.snapshot();
          resolve(performance.now() - from);
        });
      });
      await new Promise(setImmediate);
      took.push(inside);
      pauses.push(performance.now() - before);
    }
    return { took, pauses };
  });
}

/** Functions that each register from a line of their own. */
function registrars(count) {
  const lines = Array.from({ length: count }, (_, n) => `exports.at${n} = (emitter) => emitter.on('event', () => {});`);
  const module = { exports: {} };
  new Function('exports', `${lines.join('\n')}\n//# sourceURL=registrars-${count}.js`)(module.exports);
  return Object.values(module.exports);
}
