'use strict';

/** What a soak must have shown: a list of sentences on what is wrong, empty when nothing is. */

const MIB = 2 ** 20;
/** What leakline holds for each registration that stays (the leak's are such), with room. */
const BYTES_EACH = 128;
/** What the leak itself holds of the heap, with leakline's part. */
const BYTES_OF_LEAK = 512;
/** Registrations of Node's own that come late or go late, such as a worker's. */
const DRIFT = 12;

/**
 * @param {object[]} looks what the service said, the oldest first; the first fifth of the time is left out
 * @param {{ mode: string, leakLine: number, file: string, reports: object[] }} run
 */
function wrongIn(looks, { mode, leakLine, file, reports }) {
  const wrong = [];
  const [first, last] = [looks[0], looks.at(-1)];
  const earlier = looks.slice(0, Math.max(1, looks.length >> 2));
  const later = looks.slice(-Math.max(1, looks.length >> 2));

  const stayed = last.leaked - first.leaked;
  const bytes = last.snapshot.overhead.bytes - first.snapshot.overhead.bytes;
  if (bytes > stayed * BYTES_EACH + MIB / 4) wrong.push(`leakline holds ${bytes} bytes more than at first, for ${stayed} more registrations`);
  for (const [field, name, share] of [['heapUsed', 'the heap', 0.1], ['rss', 'RSS', 0.25]]) {
    const early = median(earlier.map((look) => look[field]));
    const grown = median(later.map((look) => look[field])) - early;
    const allowed = early * share + 4 * MIB + stayed * BYTES_OF_LEAK;
    if (grown > allowed) wrong.push(`${name} grew by ${mib(grown)}, more than ${mib(allowed)}`);
  }

  for (const kind of countedIn(mode)) {
    const off = looks.map(({ snapshot, expected }) => (snapshot.totals[kind]?.live ?? 0) - expected[kind]);
    const drift = Math.max(...off) - Math.min(...off);
    if (drift > DRIFT) wrong.push(`live counts of kind ${kind} drift from what they should be: ${off.join(', ')}`);
  }
  for (const { snapshot } of looks) {
    if (snapshot.overhead.dropped > 0) wrong.push(`${snapshot.overhead.dropped} events dropped`);
    if (snapshot.overhead.keyMismatches > 0) wrong.push(`${snapshot.overhead.keyMismatches} stack keys led to a wrong stack`);
    for (const [kind, { registered, released, collected, live }] of Object.entries(snapshot.totals)) {
      if (registered !== released + collected + live) wrong.push(`${kind}: ${registered} registered are not ${released} + ${collected} + ${live}`);
    }
  }

  const isLeak = ({ origin }) => origin?.file === file && origin.line === leakLine;
  const named = (snapshot) => snapshot.sites.filter(({ verdict }) => verdict === 'leak');
  if (mode !== 'counts') {
    if (!named(last.snapshot).some(isLeak)) wrong.push(`the leak of line ${leakLine} is not named`);
    const leak = last.snapshot.sites.find(isLeak);
    if (leak && Math.abs(leak.live - last.leaked) > last.leaked * (mode === 'full' ? 0 : 0.5)) wrong.push(`${leak.live} live of the leak, of ${last.leaked}`);
    for (const { snapshot } of looks) {
      for (const site of named(snapshot)) if (!isLeak(site)) wrong.push(`no leak: ${site.kind} ${site.label} at ${site.origin?.file}:${site.origin?.line} (${site.evidence})`);
    }
    if (!reports.at(-1)?.sites.some(isLeak)) wrong.push("the last signal's report does not name the leak");
  }
  return [...new Set(wrong)];
}

/** Kinds whose totals are exact: outside of full mode collections and emitters that are not tracked yet are sampled. */
function countedIn(mode) {
  return mode === 'full' ? ['listener', 'timeout', 'session', 'map'] : ['timeout', 'session'];
}

/**
 * leakline's share of a core between two looks, the median of all. What JavaScript spends is taken by the clock on the
 * wall, so a moment in which the machine does something else is in the sum of the whole run.
 */
function usualShare(looks) {
  const spent = looks.map(({ snapshot }) => [snapshot.process.uptimeMs, snapshot.overhead.cpuShare * snapshot.process.uptimeMs]);
  return median(spent.slice(1).map(([at, ms], i) => (ms - spent[i][1]) / (at - spent[i][0])));
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;

module.exports = { wrongIn, usualShare, mib };
