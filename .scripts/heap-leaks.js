'use strict';

// npm run heap-leaks: how soon a running service is informed of a leak of what registers nothing: closures, objects, promises,
// strings, requests, Buffers, and chains of small nodes; each in a service of its own, in adaptive mode, beside 200 MB of what it
// has had since its start, requests that leave nothing and a bounded cache. Prints a table, and ends with 1 when a function was
// not named in time, or when anything else was accused. A dozen services at once need two cores, since they mostly wait.
//
//   npm run heap-leaks -- --nodes 20,24         majors of Node; this machine's unless said otherwise
//   npm run heap-leaks -- --leaks "closures"    these alone, by their names; none for the churn alone
//   npm run heap-leaks -- --rates 10            MB a minute: 10 has a minute, 1 five; both unless said otherwise
//   npm run heap-leaks -- --small 200           nodes a second of chains, which have 90 s; 0 for none
//   npm run heap-leaks -- --ballast 200         MB
//   npm run heap-leaks -- --requests 20         a second
//   npm run heap-leaks -- --jobs 6              services at once
//   npm run heap-leaks -- --report              prints each service's report

const { LEAKS, PROMISED, CHAINS } = require('../bench/heap-leaks/leaks');
const { runService } = require('../bench/heap-leaks/run');
const { ensureAddon, ensureModules } = require('./ensure');
const { script } = require('./exec');
const { nodeOf } = require('./nodes');
const { aboveZero, readUsage } = require('./usage');

const MB = 2 ** 20;
/** Seconds within which a leak of so many MB a minute is to be named. */
const WITHIN = { 10: 60, 1: 300 };
const CHAINS_WITHIN = 90;
/** Where nothing leaks. */
const CHURN_SECONDS = 300;
/** Nobody waits for a collection that comes a moment later. */
const AFTER = 15;

const values = readUsage(__filename, {
  nodes: { type: 'string', default: process.versions.node.split('.', 1)[0] },
  leaks: { type: 'string', default: Object.keys(LEAKS).join(';') },
  rates: { type: 'string', default: Object.keys(WITHIN).join() },
  small: { type: 'string', default: '200' },
  ballast: { type: 'string', default: '200' },
  requests: { type: 'string', default: '20' },
  jobs: { type: 'string', default: '6' },
  report: { type: 'boolean', default: false },
});

script(async () => {
  ensureModules();
  ensureAddon();
  const queue = asked();
  const all = queue.length;
  const done = [];
  await Promise.all(Array.from({ length: aboveZero('jobs', values.jobs) }, async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const { major, name, ...service } = job;
      const row = await runService({ node: nodeOf(major), showsReport: values.report, ...service });
      done.push({ major, name, row });
      console.error(`${done.length} of ${all}: Node ${major}, ${name}${row.broken.length > 0 ? ' ✗' : ''}`);
      if (values.report) console.error(row.end.report);
    }
  }));
  console.log(table(done));
  const broken = done.flatMap(({ major, name, row }) => row.broken.map((what) => `Node ${major}, ${name}: ${what}`));
  if (broken.length > 0) throw new Error(`${broken.length} promises are broken:\n${broken.map((what) => `  ${what}`).join('\n')}`);
  console.log(`\neach is named in time, and nothing else accused in ${done.length} services`);
});

/** The longest first. */
function asked() {
  const wanted = values.leaks === 'none' ? [] : values.leaks.split(';').map((name) => name.trim());
  const unknown = wanted.filter((name) => !(name in LEAKS));
  if (unknown.length > 0) throw new Error(`--leaks takes some of: ${Object.keys(LEAKS).join('; ')}`);
  const rates = values.rates.split(',').map((rate) => aboveZero('rates', rate));
  const small = Number(values.small);
  const beside = { ballast: aboveZero('ballast', values.ballast) * MB, requests: aboveZero('requests', values.requests) };
  const jobs = values.nodes.split(',').flatMap((major) => {
    if (wanted.length === 0) return [{ major, name: 'nothing', seconds: CHURN_SECONDS, ...beside }];
    const byRate = wanted.filter((name) => PROMISED.includes(name)).flatMap((leak) => rates.map((rate) => {
      const within = WITHIN[rate] ?? Math.ceil(300 / rate);
      return { major, name: `${leak}, ${rate} MB/min`, leak, perSecond: (rate * MB) / 60 / LEAKS[leak].bytes, within, seconds: within + AFTER, ...beside };
    }));
    const chains = wanted.filter((name) => CHAINS.includes(name) && small > 0);
    return [...byRate, ...chains.map((leak) => ({ major, name: `${leak}, ${small}/s`, leak, perSecond: small, within: CHAINS_WITHIN, seconds: CHAINS_WITHIN + AFTER, ...beside }))];
  });
  return jobs.sort((a, b) => b.seconds - a.seconds);
}

function table(done) {
  const seconds = (ms) => (ms === undefined ? '–' : `${Math.round(ms / 1_000)} s`);
  const head = ['leak', 'Node', 'function', 'cause', 'which', 'a leak', 'held by', 'CPU', 'accused'];
  const rows = done.map(({ major, name, row }) => [
    name, major, seconds(row.namedMs), seconds(row.causeMs), row.cause ?? '–', seconds(row.leakMs), row.heldBy ?? '–', `${(row.end.cpuMs / 1_000).toFixed(0)} s`, String(row.accused.length),
  ]);
  rows.sort((a, b) => a[0].localeCompare(b[0]) || a[1] - b[1]);
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}
