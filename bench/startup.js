'use strict';

// What leakline adds to the start of a process that does nothing: `node -e …` against the same with `--require
// leakline/register`, in turn. `start to end` is the time of the whole process as its parent sees it, `CPU` what it has used
// when its program runs.

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const { cleanEnvironment } = require('../__test__/support/run');
const { compared, median, table, machine, progress, times } = require('./support/figures');
const { readOptions } = require('./support/options');
const { inTurn } = require('./support/processes');

const register = ['--require', path.join(__dirname, '..', 'js', 'register.js')];
const program = 'const { user, system } = process.cpuUsage(); require("node:fs").writeSync(1, String(user + system))';
/** The report at the end is no part of a start. */
const started = (mode) => ({ args: register, env: { LEAKLINE: mode, LEAKLINE_REPORT: 'none' } });
const starts = {
  bare: { args: [] },
  unset: { args: register },
  counts: started('counts'),
  adaptive: started('adaptive'),
  full: started('full'),
};

const options = readOptions({ rounds: 25 });
const names = options.chooseModes(Object.keys(starts));
const rounds = Array.from({ length: options.rounds }, () => ({}));
// The first ones read the files from the disk.
names.forEach(start);
for (const { one, turn } of inTurn(names, options.rounds)) rounds[turn][one] = start(one);
progress(`startup, ${options.rounds} starts of each`);

console.log(`${machine()}; medians of ${options.rounds} interleaved starts; added and ratios are to bare in the same round.`);
table(['LEAKLINE', 'start to end', 'added', 'to bare', 'CPU', 'added', 'to bare'], names.map((name) => [name, ...cells(name, 'wall'), ...cells(name, 'cpu')]));

function start(name) {
  const { args, env } = starts[name];
  const from = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, '-e', program], { env: { ...cleanEnvironment(), ...env }, encoding: 'utf8' });
  const wall = performance.now() - from;
  if (status !== 0 || stderr !== '') throw new Error(`${name} ended with ${status}: ${stderr}`);
  return { wall, cpu: Number(stdout) / 1000 };
}

function cells(name, figure) {
  const { value, ratio } = compared(rounds, name, 'bare', (one) => one[figure]);
  const added = median(rounds.map((round) => round[name][figure] - round.bare[figure]));
  return [`${value.toFixed(1)} ms`, `${added.toFixed(1)} ms`, times(ratio)];
}
