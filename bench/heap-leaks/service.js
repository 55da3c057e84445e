'use strict';

// A service with one leak, beside ballast and a churn of requests. Looks each second and prints what leakline reports, as JSON
// a line. Its argument says what to run, as JSON.

const path = require('node:path');
const leakline = require('../..');
const { repeatedly } = require('../verdicts/pace');
const { startChurn } = require('./churn');
const { LEAKS } = require('./leaks');

const { leak, perSecond, seconds, ballast, requests, showsReport } = JSON.parse(process.argv[2]);
const own = path.join(__dirname, path.sep);
/** What the service has had since its start, so many bytes of it. */
const tables = [];
const later = (ms) => new Promise((resolve) => {
  setTimeout(resolve, ms);
});

async function main() {
  loadTables(ballast);
  const churn = await startChurn(requests);
  const stop = leak === undefined ? () => {} : repeatedly(perSecond, LEAKS[leak].add);
  const began = performance.now();
  const looking = setInterval(() => look(Math.round(performance.now() - began)), 1_000);
  await later(seconds * 1_000);
  stop();
  churn.stop();
  clearInterval(looking);
  const snapshot = leakline.snapshot();
  const { user, system } = process.cpuUsage();
  const end = { end: true, notes: snapshot.notes, requests: churn.count(), heap: snapshot.heap, cpuMs: Math.round((user + system) / 1_000), ballast: tables.length };
  if (showsReport) end.report = leakline.report(snapshot);
  process.stdout.write(`${JSON.stringify(end)}\n`, () => process.exit());
}

function loadTables(bytes) {
  while (process.memoryUsage().heapUsed < bytes) for (let k = 0; k < 1_000; k++) tables.push({ k, text: `k${k}-${tables.length}`, list: [k] });
}

function look(at) {
  const { sites } = leakline.snapshot();
  const seen = sites.filter(({ verdict }) => verdict === 'leak' || verdict === 'suspect').map((site) => {
    const frame = [site.origin, ...site.stack].find((one) => one?.file.startsWith(own)) ?? site.origin;
    const { kind, verdict, role, label, heldBy, evidence } = site;
    return { kind, verdict, role, label, heldBy, evidence, file: frame && path.basename(frame.file), line: frame?.line };
  });
  console.log(JSON.stringify({ at, seen }));
}

main();
