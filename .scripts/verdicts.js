'use strict';

// npm run verdicts: how soon a running service is informed of a leak, and for how long. Leaks of each kind at each rate, in
// adaptive and in full mode, beside requests that leak nothing; then what comes and goes, for ten minutes. Prints a table, and
// ends with 1 when a promise of docs/verdicts.md is broken. It takes some 20 minutes with 8 cores; so many services are
// under load at once as there are cores, each for 6.5 minutes; the time after, and one minute more, take next to nothing.
//
//   npm run verdicts -- --rates 5,50           so many leaked a second; 1,5,20,50,200 unless said otherwise
//   npm run verdicts -- --modes adaptive       adaptive,full unless said otherwise
//   npm run verdicts -- --leaks "Map; socket"  these alone; none for the innocent alone
//   npm run verdicts -- --no-innocents         leaks alone
//   npm run verdicts -- --alone                each leak in a process of its own
//   npm run verdicts -- --load 60              seconds of load; 390 unless said otherwise: a leak that may still end needs 6 minutes
//   npm run verdicts -- --after 120            seconds after it; 605 unless said otherwise
//   npm run verdicts -- --traffic 200          requests a second beside them
//   npm run verdicts -- --heap 100             MB of a heap that it has before: V8 collects a large one in steps; 0 unless said otherwise
//   npm run verdicts -- --jobs 4               services under load at once
//   npm run verdicts -- --node 24              a major of Node, this machine's unless said otherwise
//   npm run verdicts -- --markdown             the table as it stands in the documentation

const os = require('node:os');

const { GROUPS, LEAKS } = require('../bench/verdicts/leaks');
const { INNOCENTS } = require('../bench/verdicts/innocents');
const { runService } = require('../bench/verdicts/run');
const { markdown, text } = require('../bench/verdicts/table');
const { ensureAddon, ensureModules } = require('./ensure');
const { script } = require('./exec');
const { nodeOf } = require('./nodes');
const { readUsage } = require('./usage');

const RELEASED_MS = 75_000;
const INNOCENT_MS = 600_000;

const values = readUsage(__filename, {
  rates: { type: 'string', default: '1,5,20,50,200' },
  modes: { type: 'string', default: 'adaptive,full' },
  leaks: { type: 'string', default: Object.keys(LEAKS).join(';') },
  'no-innocents': { type: 'boolean', default: false },
  alone: { type: 'boolean', default: false },
  load: { type: 'string', default: '390' },
  after: { type: 'string', default: '605' },
  traffic: { type: 'string', default: '200' },
  heap: { type: 'string', default: '0' },
  jobs: { type: 'string', default: String(os.availableParallelism()) },
  node: { type: 'string', default: process.versions.node.split('.', 1)[0] },
  markdown: { type: 'boolean', default: false },
});

script(async () => {
  ensureModules();
  ensureAddon();
  const node = nodeOf(values.node);
  const modes = values.modes.split(',');
  const wrong = modes.filter((mode) => !['adaptive', 'full'].includes(mode));
  if (wrong.length > 0) throw new Error(`--modes takes adaptive and full, not '${wrong.join(',')}'`);
  const rates = values.rates.split(',').map((rate) => number(rate, '--rates'));
  const asked = jobsFor(modes, rates, groups());
  const done = [];
  const queue = [...asked];
  const running = [];
  const take = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      // The next begins when the load of this one has ended.
      await new Promise((resolve) => {
        running.push(runService({ node, ...job, onLoadEnd: resolve }).then((result) => {
          done.push({ job, ...result });
          console.error(`${done.length} of ${asked.length}: ${job.mode}, ${job.innocents ? 'what leaks nothing' : `${job.rate}/s, ${job.leaks.join(', ')}`}`);
        }));
        running.at(-1).catch(resolve);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, number(values.jobs, '--jobs')) }, take));
  await Promise.all(running);
  console.log((values.markdown ? markdown : text)(done));
  const broken = done.flatMap(({ job, rows, broken: others }) => [
    ...Object.entries(rows).flatMap(([name, row]) => row.broken.map((what) => `${name}, ${job.rate}/s, ${job.mode}: ${what}`)),
    ...others.map((what) => `${job.mode}${job.rate ? `, beside leaks at ${job.rate}/s` : ''}: ${what}`),
  ]);
  if (broken.length > 0) throw new Error(`${broken.length} promises are broken:\n${broken.map((what) => `  ${what}`).join('\n')}`);
  console.log('\neach promise is kept');
});

/** The longest first. */
function jobsFor(modes, rates, leaks) {
  const [loadMs, afterMs, traffic] = ['load', 'after', 'traffic'].map((name) => number(values[name], `--${name}`) * (name === 'traffic' ? 1 : 1_000));
  const heapMb = number(values.heap, '--heap');
  const ofLeaks = leaks.flatMap((group) => rates.flatMap((rate) =>
    modes.map((mode) => ({ mode, rate, leaks: group, loadMs, afterMs, releasedMs: RELEASED_MS, traffic, heapMb }))));
  if (values['no-innocents']) return ofLeaks;
  return [...ofLeaks, ...modes.map((mode) => ({ mode, innocents: Object.keys(INNOCENTS), loadMs: INNOCENT_MS, traffic: Math.round(traffic / 4), heapMb }))];
}

/** The wanted leaks, those together that may live side by side. */
function groups() {
  const wanted = values.leaks === 'none' ? [] : namesOf(values.leaks);
  if (values.alone) return wanted.map((name) => [name]);
  return GROUPS.map((group) => group.filter((name) => wanted.includes(name))).filter((group) => group.length > 0);
}

function namesOf(list) {
  const names = list.split(';').map((name) => name.trim());
  const unknown = names.filter((name) => !(name in LEAKS));
  if (unknown.length > 0) throw new Error(`--leaks takes some of: ${Object.keys(LEAKS).join('; ')}`);
  return names;
}

function number(given, name) {
  const value = Number(given);
  if (given === '' || !(value >= 0)) throw new Error(`${name} takes a number, not '${given}'`);
  return value;
}
