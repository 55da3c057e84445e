'use strict';

// npm run soak: a service under steady load with everything that comes and goes, and one known leak. Looks at it again and
// again, and says in the end whether leakline's memory is flat, its counts right, nothing dropped, the leak named and
// nothing else. Beside it a second service runs with leakline and without: whether leakline's cost is within the promise is
// measured by 5,000 requests a second that the two get in turn, and by what both hold. Ends with 1 when anything is wrong.
//
//   npm run soak -- --minutes 10      how long; 10 unless said otherwise
//   npm run soak -- --mode full       adaptive unless said otherwise; or counts
//   npm run soak -- --save FILE       the last snapshot, to look into what is wrong
//   npm run soak -- --node 24         a major of Node, this machine's unless said otherwise

const { fork } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { createLoad } = require('../bench/soak/load');
const { createPair } = require('../bench/soak/pair');
const { mib, usualShare, wrongIn } = require('../bench/soak/verdict');
const { costOf, wrongInCost } = require('../bench/soak/cost');
const { cleanEnvironment, temporaryFolder } = require('../__test__/support/run');
const { ensureAddon, ensureModules } = require('./ensure');
const { root, script } = require('./exec');
const { nodeOf } = require('./nodes');
const { aboveZero, readUsage } = require('./usage');

const file = path.join(root, 'bench', 'soak', 'service.js');
/** Looks of a run; between two there are workers and signals. */
const LOOKS = 20;
const ANSWER_MS = 60_000;
/** A worker's life is half a second. */
const SHORTEST_MS = 2_000;
/** About what a look takes, with its bursts. */
const LOOKING_MS = 5_000;

const values = readUsage(__filename, {
  minutes: { type: 'string', default: '10' },
  mode: { type: 'string', default: 'adaptive' },
  save: { type: 'string' },
  node: { type: 'string', default: process.versions.node.split('.', 1)[0] },
});

script(async () => {
  ensureModules();
  ensureAddon();
  const minutes = aboveZero('minutes', values.minutes);
  const node = nodeOf(values.node);
  const report = path.join(temporaryFolder(), 'report.json');
  const service = await startService(node, report);
  const pair = await createPair(node, values.mode);
  const load = createLoad(service.port);
  const reports = [];
  const looks = [];
  load.resume();
  const began = Date.now();
  for (let i = 1; i <= LOOKS; i++) {
    // What it takes to look and to measure is part of the time.
    await turn(service, report, reports, Math.max(SHORTEST_MS, began + (i * minutes * 60_000) / LOOKS - LOOKING_MS - Date.now()));
    await load.pause();
    looks.push({ ...await service.ask('look'), pair: await pair.measure() });
    load.resume();
    console.log(line(looks.at(-1), load.counts));
  }
  await load.pause();
  if (values.save) fs.writeFileSync(values.save, JSON.stringify(looks.at(-1).snapshot));
  const restarted = await service.ask('restart');
  await service.end();
  await pair.end();

  const leakLine = fs.readFileSync(file, 'utf8').split('\n').findIndex((text) => text.endsWith('// leaks')) + 1;
  // What a service makes at its start is not what it makes for ever.
  const settled = looks.slice(LOOKS / 5);
  const wrong = wrongIn(settled, { mode: values.mode, leakLine, file, reports });
  wrong.push(...wrongInCost(settled, values.mode));
  wrong.push(...service.troubles, ...wrongAtEnd(restarted));
  if (load.counts.failed > 0) wrong.push(`${load.counts.failed} requests failed`);
  if (process.platform !== 'win32' && reports.length < LOOKS - 1) wrong.push(`${reports.length} reports for ${LOOKS} signals`);
  console.log(`\n${summary(looks, load.counts, reports)}`);
  if (wrong.length > 0) throw new Error(`${wrong.length} wrong:\n${wrong.map((text) => `  ${text}`).join('\n')}`);
  console.log('nothing wrong');
});

/** The time between two looks: workers come and go, and a signal asks for a report. */
async function turn(service, report, reports, ms) {
  const until = Date.now() + ms;
  await service.ask('worker');
  await later(ms / 2);
  await service.ask('worker');
  if (process.platform !== 'win32') {
    fs.rmSync(report, { force: true });
    service.child.kill('SIGUSR2');
    await later(Math.min(2_000, ms / 4));
    const text = fs.existsSync(report) ? fs.readFileSync(report, 'utf8') : '';
    if (text !== '') reports.push(JSON.parse(text));
  }
  await later(until - Date.now());
}

function startService(node, report) {
  const env = { ...cleanEnvironment(), LEAKLINE: values.mode, LEAKLINE_SIGNAL: 'SIGUSR2', LEAKLINE_REPORT: report };
  const child = fork(file, [], { cwd: root, env, execPath: node, execArgv: ['--expose-gc', '--require', path.join(root, 'js', 'register.js')] });
  process.once('exit', () => child.kill('SIGKILL'));
  const service = { child, port: 0, troubles: [], ask, end };
  const asked = new Map();
  let isEnding = false;

  function ask(what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the service does not answer to '${what}'`)), ANSWER_MS);
      asked.set(what, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      child.send({ ask: what });
    });
  }

  function end() {
    isEnding = true;
    return new Promise((resolve) => {
      child.once('exit', resolve);
      child.disconnect();
    });
  }

  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => {
      const error = new Error(`the service ended with ${signal ?? code}`);
      if (isEnding && code === 0) return;
      service.troubles.push(error.message);
      reject(error);
    });
    child.on('message', ({ port, trouble, ask: what, answer }) => {
      if (port) resolve(Object.assign(service, { port }));
      if (trouble) service.troubles.push(trouble);
      if (what) asked.get(what)?.(answer);
    });
  });
}

/** After fifty starts the live counts are those of the last one. */
function wrongAtEnd(restarted) {
  if (!restarted) return ['the service could not start and stop'];
  const { totals, grown } = restarted;
  const wrong = Object.entries(totals).filter(([, { live }]) => live > 10_000).map(([kind, { live }]) => `${live} live of kind ${kind} after starting anew`);
  return grown > 64 * 2 ** 20 ? [...wrong, `starting and stopping grew RSS by ${mib(grown)}`] : wrong;
}

function line({ snapshot, leaked, rss, heapUsed, pair }, { requests, sockets }) {
  const { overhead, totals, sites } = snapshot;
  return [
    `${Math.round(snapshot.process.uptimeMs / 1000)} s`, `${requests} requests`, `${sockets} sockets`, `RSS ${mib(rss)}`, `heap ${mib(heapUsed)}`,
    `leakline ${mib(overhead.bytes)}`, `cpu ${(overhead.cpuShare * 100).toFixed(2)} %`, `CPU to bare ${pair.ratio.toFixed(3)}`, `listeners ${totals.listener?.live ?? 0}`,
    `leaked ${leaked}`, `leaks named ${sites.filter(({ verdict }) => verdict === 'leak').length}`, `sites ${sites.length}`,
  ].join(', ');
}

function summary(looks, counts, reports) {
  const [first, last] = [looks[LOOKS / 5], looks.at(-1)];
  const { overhead } = last.snapshot;
  return [
    `Node ${last.snapshot.process.node}, mode ${values.mode}, ${values.minutes} minutes: ${counts.requests} requests, ${counts.sockets} sockets, ${2 * LOOKS} workers, ${reports.length} reports`,
    `events ${overhead.events}, dropped ${overhead.dropped}, key mismatches ${overhead.keyMismatches ?? 0}, leakline's share of a core ${(overhead.cpuShare * 100).toFixed(2)} %, usually ${(usualShare(looks) * 100).toFixed(2)} %`,
    costOf(looks.slice(LOOKS / 5), values.mode).text,
    `leakline's memory ${mib(first.snapshot.overhead.bytes)} → ${mib(overhead.bytes)}, RSS ${mib(first.rss)} → ${mib(last.rss)}, leaked listeners ${first.leaked} → ${last.leaked}`,
  ].join('\n');
}

function later(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, ms));
  });
}
