'use strict';

// npm run fuzz: random programs with and without leakline, in each mode, until one fails or somebody ends it. Prints the
// seed of each round; what fails is cut down and printed, ready for __test__/fuzz/found.js. `npm test` runs some of it.
//
//   npm run fuzz -- --rounds 10          so many rounds, of 100 programs each; for ever unless said otherwise
//   npm run fuzz -- --minutes 5          no new round after so long
//   npm run fuzz -- --seed 4711          the first program's seed; the clock's unless said otherwise
//   npm run fuzz -- --programs 1         programs of a round
//   npm run fuzz -- --node 20,22,24,26   majors of Node, this machine's unless said otherwise

const { generate } = require('../__test__/fuzz/programs');
const { compare, described, shrink } = require('../__test__/fuzz/run');
const { ensureAddon } = require('./ensure');
const { script } = require('./exec');
const { nodes } = require('./nodes');
const { readUsage } = require('./usage');

/** More say nothing new. */
const MOST_SHOWN = 5;

const values = readUsage(__filename, {
  rounds: { type: 'string', default: 'Infinity' },
  minutes: { type: 'string', default: 'Infinity' },
  seed: { type: 'string' },
  programs: { type: 'string', default: '100' },
  node: { type: 'string', default: process.versions.node.split('.', 1)[0] },
});

script(async () => {
  ensureAddon();
  const found = values.node.split(',').flatMap((major) => nodes(major));
  for (const { major, reason } of found.filter(({ file }) => !file)) console.log(`Node ${major} is skipped: ${reason}`);
  const versions = found.filter(({ file }) => file);
  if (versions.length === 0) throw new Error('there is no Node to run');
  const until = Date.now() + number('minutes') * 60_000;
  const count = number('programs');
  let seed = values.seed === undefined ? Date.now() % 1e9 : number('seed');
  let programs = 0;
  for (let round = 0; round < number('rounds') && Date.now() < until; round++, seed += count) {
    for (const { major, file } of versions) {
      const began = Date.now();
      const failures = await compare(Array.from({ length: count }, (_, i) => generate(seed + i)), { node: file });
      programs += count;
      console.log(`Node ${major}, seeds ${seed} to ${seed + count - 1}: ${failures.length || 'none'} failed, ${((Date.now() - began) / 1000).toFixed(1)} s`);
      if (failures.length > 0) return showFailures(failures, major, file);
    }
  }
  console.log(`${programs} programs, none failed`);
});

async function showFailures(failures, major, node) {
  for (const failure of failures.slice(0, MOST_SHOWN)) {
    console.log(`\n── ${described(failure)}\n\ncut down:\n${described(await shrink(failure, { node }))}`);
  }
  throw new Error(`${failures.length} failures under Node ${major}`);
}

function number(name) {
  const value = Number(values[name]);
  if (Number.isNaN(value) || value < 0) throw new Error(`--${name} takes a number, not '${values[name]}'`);
  return value;
}
