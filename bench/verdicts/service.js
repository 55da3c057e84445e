'use strict';

// A service with leaks at known rates, or with what is innocent. Looks each second and prints what leakline reports, as JSON a
// line. Its argument says what to run, as JSON.

const path = require('node:path');
const leakline = require('../..');
const { INNOCENTS } = require('./innocents');
const { LEAKS } = require('./leaks');
const { repeatedly } = require('./pace');
const { startTraffic } = require('./traffic');

const { leaks = [], innocents = [], rate, loadMs, afterMs = 0, releasedMs = 0, traffic, heapMb = 0, files, peer } = JSON.parse(process.argv[2]);
const own = path.join(__dirname, path.sep);
const firstEnds = {};
/** What a service has loaded: small objects, some 100 bytes each. */
globalThis.loaded = Array.from({ length: heapMb * 10_000 }, (_, i) => ({ key: `key ${i}`, at: i }));
let phase = 'load';
let began;

async function main() {
  const asking = traffic > 0 ? await startTraffic(traffic) : undefined;
  const made = leaks.map((name) => LEAKS[name].make({ rate, loadMs, files, peer }));
  for (const name of innocents) INNOCENTS[name].start(() => (firstEnds[name] ??= sinceMs()));
  const stops = made.map((leak) => repeatedly(rate, () => leak.add()));
  began = performance.now();
  const looking = setInterval(look, 1_000);
  await later(loadMs);
  phase = 'after';
  stops.forEach((stop) => stop());
  await asking?.stop();
  await later(afterMs);
  phase = 'released';
  made.forEach((leak) => leak.release());
  await later(releasedMs);
  clearInterval(looking);
  process.stdout.write(`${JSON.stringify({ phase: 'end', requests: asking?.count() ?? 0 })}\n`, () => process.exit());
}

function look() {
  const { sites } = leakline.snapshot();
  const seen = sites.flatMap((site) => {
    const line = [site.origin, ...site.stack].find((frame) => frame?.file.startsWith(own));
    if (!line || (site.live === 0 && site.verdict === 'steady')) return [];
    const { verdict, kind, reason, live } = site;
    return [{ file: path.basename(line.file), line: line.line, verdict, kind, code: reason.code, couldBe: reason.couldBe, evidence: site.evidence, live }];
  });
  console.log(JSON.stringify({ at: Math.round(sinceMs()), phase, seen, firstEnds }));
}

const sinceMs = () => performance.now() - began;
const later = (ms) => new Promise((resolve) => {
  setTimeout(resolve, ms);
});

main();
