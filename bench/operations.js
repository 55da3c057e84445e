'use strict';

// What one operation costs in each mode against bare Node: the time that its caller waits, and the CPU of all threads,
// leakline's collector and V8's garbage collection among them. Each mode in a process of its own, in bursts, in turn.

const path = require('node:path');

const { median, compared, table, machine, progress, later, count, times } = require('./support/figures');
const { readOptions } = require('./support/options');
const { inTurn, startProcess } = require('./support/processes');
const { operations, paced } = require('./operations/index');

const MODES = ['bare', 'counts', 'adaptive', 'full'];
/** Emitters are recorded one by one from two seconds of age on: by then those of the operations have it. */
const AGE_MS = 2_500;
/** The first bursts of an operation compile it. */
const WARM = 3;

const options = readOptions();
const modes = options.chooseModes(MODES);
const plan = options.isQuick ? { n: 100, bursts: 1, turns: 1, ms: 50, ageMs: 0 } : { n: 10_000, bursts: 10, turns: 3, ms: 500, ageMs: AGE_MS };

main();

async function main() {
  const names = Object.keys(operations).filter(options.isWanted);
  const pacedNames = Object.keys(paced).filter(options.isWanted);
  const rounds = [];
  for (let i = 0; i < options.rounds; i++) {
    rounds.push(await measureRound(names, pacedNames));
    progress(`operations, round ${i + 1} of ${options.rounds}`);
  }
  console.log(`${machine()}; medians of ${options.rounds} interleaved rounds; ratios are to bare in the same round.`);
  const cells = (name, figure) => [name, ...modes.map((mode) => cell(compared(rounds, mode, 'bare', (round) => round[name][figure]), mode))];
  if (names.length > 0) {
    table(['time of the caller', ...modes], names.map((name) => cells(name, 'wall')));
    table(['CPU of all threads', ...modes], names.map((name) => cells(name, 'cpu')));
  }
  if (pacedNames.length > 0) table(['share of a core', ...modes], pacedNames.map((name) => [name, ...modes.map((mode) => share(rounds, name, mode))]));
}

async function measureRound(names, pacedNames) {
  const all = [];
  try {
    for (const mode of modes) all.push({ mode, process: await startProcess(path.join(__dirname, 'operations', 'measure.js'), { args: [mode] }) });
    await later(plan.ageMs);
    const round = Object.fromEntries(modes.map((mode) => [mode, {}]));
    for (const name of names) {
      const bursts = await measured(all, WARM + plan.bursts, { burst: name, n: plan.n });
      for (const mode of modes) {
        const figures = bursts[mode].slice(WARM);
        // CPU is spent or not, and is added up; time passes also while another program has the core.
        round[mode][name] = { wall: median(figures.map(({ wall }) => wall)), cpu: mean(figures.map(({ cpu }) => cpu)) };
      }
    }
    for (const name of pacedNames) {
      const turns = await measured(all, plan.turns, { pace: name, ms: plan.ms });
      for (const mode of modes) round[mode][name] = { share: median(turns[mode].map(({ share }) => share)), rate: median(turns[mode].map(({ rate }) => rate)) };
    }
    return round;
  } finally {
    await Promise.all(all.map(({ process }) => process.end()));
  }
}

/** The answers of each mode. */
async function measured(all, turns, message) {
  const answers = Object.fromEntries(modes.map((mode) => [mode, []]));
  for (const { one } of inTurn(all, turns)) answers[one.mode].push(await one.process.ask(message));
  return answers;
}

function cell({ value, ratio }, mode) {
  const ns = `${value.toFixed(0)} ns`;
  return mode === 'bare' ? ns : `${ns} (${times(ratio, 1)})`;
}

function share(rounds, name, mode) {
  const { value, ratio } = compared(rounds, mode, 'bare', (round) => round[name].share);
  const rate = median(rounds.map((round) => round[mode][name].rate));
  const { perMs } = paced[name];
  const percent = `${(value * 100).toFixed(1)} %`;
  if (rate < perMs * 1000 * 0.95) return `${percent}, ${count(rate)}/s: not held`;
  return mode === 'bare' ? percent : `${percent} (${times(ratio)})`;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
