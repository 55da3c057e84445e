'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { fixture, lineOf, preload, runWell } = require('../support/service-child');

const FIXTURE = 'judged.js';
const file = fixture(FIXTURE);
const major = process.versions.node.split('.', 1)[0];
/** The whole minute on two versions of Node; on the others until each leak is reported. */
const SECONDS = ['20', '24'].includes(major) ? 60 : 35;
/** A leak is to be reported within so many ms of the service's own clock. */
const WITHIN_MS = 30_000;

const rates = ['per request', 'per second', 'per 5 seconds'];
const LEAKS = rates.flatMap((rate) => ['listener', 'interval'].map((what) => `${what} ${rate}`));
/** What may still end, and says so. */
const SUSPECTS = [...rates.map((rate) => `track ${rate}`), 'entries per request', 'long timeout per request'];

const isAt = (line) => ({ place }) => place?.file === FIXTURE && place.line === line;
const isAccused = ({ verdict }) => verdict === 'leak' || verdict === 'suspect';
/** The memory of what leaks is allocated where that is made. */
const isMemoryOfLeak = ({ kind, label, role }) => kind === 'heap' && role === 'consequence' && /^in (?:per\w+|forgetLater|keep)\(\)$/.test(label);
const shown = ({ kind, label, place, verdict, evidence, live, size }) =>
  `${kind} ${label} ${place?.file}:${place?.line}: ${verdict}, ${evidence} (${live} live${size ? `, ${size.total} entries` : ''})`;

describe(`a service of ${SECONDS} s with parts that leak and parts that do not`, { concurrency: true }, () => {
  for (const mode of ['full', 'adaptive']) {
    it(`${mode} mode: each leak is reported within 30 s, and nothing else is accused at any second`, async () => {
      const { said: looks } = await runWell(FIXTURE, { node: preload, args: [String(SECONDS)], env: { LEAKLINE: mode } });
      const [last] = looks.slice(-1);
      assert.ok(last.at >= SECONDS * 1_000 && last.dropped === 0, JSON.stringify({ ...last, sites: [] }));
      const expected = [...LEAKS.map((mark) => [mark, ['leak']]), ...SUSPECTS.map((mark) => [mark, ['leak', 'suspect']])];
      const marks = new Map(expected.map(([mark]) => [mark, lineOf(file, mark)]));
      // It says itself what else it could be.
      const fills = isAt(lineOf(file, 'a cache that fills'));
      const holds = isAt(lineOf(file, 'what holds the leases'));
      const isExpected = (site) => isMemoryOfLeak(site) || [...marks.values()].some((line) => isAt(line)(site)) || (site.verdict === 'suspect' && (fills(site) || holds(site)));
      const failures = [];
      for (const { at, sites } of looks) {
        for (const site of sites.filter(isAccused)) {
          if (!isExpected(site)) failures.push(`innocent, at ${at.toFixed()} ms: ${shown(site)}`);
        }
        if (at < WITHIN_MS) continue;
        for (const [mark, verdicts] of expected) {
          const found = sites.filter(isAt(marks.get(mark)));
          if (!found.some(({ verdict }) => verdicts.includes(verdict))) {
            failures.push(`${mark} is no ${verdicts.join(' or ')}, at ${at.toFixed()} ms: ${found.map(shown).join('; ') || 'not seen'}`);
          }
        }
      }
      assert.deepEqual(failures.slice(0, 20), [], `${failures.length} failures; after ${last.requests} requests`);

      const of = (mark) => last.sites.find(isAt(marks.get(mark)));
      assert.equal(of('long timeout per request').reason.code, 'piling-up');
      const inTenMinutes = (last.requests / last.at) * 600_000;
      assert.ok(of('long timeout per request').reason.outlook > inTenMinutes / 2, `some ${inTenMinutes.toFixed()} in ten minutes`);
      assert.equal(of('entries per request').reason.couldBe, 'filling-cache');
      assert.ok(of('entries per request').bytesPerHour > 0 && of('interval per second').bytesPerHour > 0);
      assert.equal(of('listener per second').bytesPerHour, undefined, 'what hangs on a listener is not known');
      assert.ok(Math.abs(of('interval per second').growthPerHour - 3_600) < 900, 'one a second');
    });
  }
});
