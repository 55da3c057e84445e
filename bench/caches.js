'use strict';

// What a request touches in each mode: instructions, and the lines of code and of data that it has to fetch when its caches
// are cold, as they are behind a network. Counted by cachegrind for a first level of 32 KiB and a second of 512 KiB, which are
// emptied before each request. It counts, so nothing else on the machine disturbs it; but what V8 has compiled, and into what,
// differs between seeds, and with it the counts by some 5 %: that takes rounds, of some 80 seconds for each mode.
//
// Under cachegrind a process is some fifty times as slow: leakline's regular looks, by the clock, come as much more often.

const path = require('node:path');

const { ensureValgrind } = require('../.scripts/ensure');
const { capture } = require('../.scripts/exec');
const { cleanEnvironment } = require('../__test__/support/run');
const { aside } = require('./support/aside');
const { compared, count, machine, median, progress, table, times } = require('./support/figures');
const { readOptions } = require('./support/options');
const { contenders } = require('./service/contenders');

const MODES = ['bare', 'bare again', 'off', 'counts', 'adaptive', 'full'];
const CACHES = ['--I1=32768,8,64', '--D1=32768,8,64', '--LL=524288,8,64'];
/** By figure, what cachegrind calls it. */
const FIGURES = { instructions: 'I\\s+refs', code: 'LLi misses', data: 'LLd misses' };

const options = readOptions({ rounds: 3 });
const plan = options.isQuick ? { warm: 10, few: 1, many: 6 } : { warm: 20_000, few: 1_000, many: 6_000 };

main();

async function main() {
  console.log(`${machine()}; medians of ${options.rounds} rounds; ratios are to bare in the same round.`);
  const { reason } = aside(ensureValgrind);
  if (reason) return console.log(`\ncaches: skipped, ${reason}.`);
  const modes = options.chooseModes(MODES);
  const rounds = Array.from({ length: options.rounds }, () => ({}));
  for (const [i, round] of rounds.entries()) {
    for (const mode of modes) {
      round[mode] = await measure(mode, mode === 'bare again' ? rounds.length + i + 1 : i + 1);
      progress(`caches, round ${i + 1} of ${rounds.length}, ${mode}: ${count(round[mode].lines)} lines`);
    }
  }
  const head = ['a request', 'instructions', 'to bare', 'lines of code', 'more', 'lines of data', 'more', 'lines', 'to bare'];
  table(head, modes.map((mode) => [mode, ...against(rounds, mode, 'instructions'), ...beyond(rounds, mode, 'code'), ...beyond(rounds, mode, 'data'), ...against(rounds, mode, 'lines')]));
}

/** What one request takes: what a long run has more than a short one. */
async function measure(mode, seed) {
  const [few, many] = await Promise.all([plan.few, plan.many].map((emptied) => counted(mode, seed, emptied)));
  const of = (figure) => (many[figure] - few[figure]) / (plan.many - plan.few);
  return { instructions: of('instructions'), code: of('code'), data: of('data'), lines: of('code') + of('data') };
}

async function counted(mode, seed, emptied) {
  const { node = [], env = {} } = contenders[mode].how();
  // Another seed gives other hashes, and with them other code of V8's.
  const seeded = [...node, '--single-threaded', `--hash-seed=${seed}`, `--random-seed=${seed}`];
  const program = [path.join(__dirname, 'caches', 'requests.js'), plan.warm, emptied, plan.many].map(String);
  const valgrind = ['--tool=cachegrind', '--cache-sim=yes', ...CACHES, '--smc-check=all-non-file', '--cachegrind-out-file=/dev/null'];
  const { code, signal, stderr } = await capture('valgrind', [...valgrind, process.execPath, ...seeded, ...program], { env: { ...cleanEnvironment(), ...env } });
  if (code !== 0) throw new Error(`cachegrind of ${mode} ended with ${signal ?? code}:\n${stderr}`);
  return Object.fromEntries(Object.entries(FIGURES).map(([figure, name]) => [figure, read(stderr, name)]));
}

function read(text, name) {
  const found = new RegExp(`${name}:\\s+([\\d,]+)`).exec(text);
  if (found === null) throw new Error(`cachegrind does not report '${name}':\n${text}`);
  return Number(found[1].replaceAll(',', ''));
}

function against(rounds, mode, figure) {
  const { value, ratio } = compared(rounds, mode, 'bare', (one) => one[figure]);
  return [count(value), times(ratio, 3)];
}

function beyond(rounds, mode, figure) {
  const more = median(rounds.map((round) => round[mode][figure] - round.bare[figure]));
  return [count(median(rounds.map((round) => round[mode][figure]))), count(more)];
}
