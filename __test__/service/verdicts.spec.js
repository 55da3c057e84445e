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
const LEAKS = [...rates.flatMap((rate) => ['listener', 'interval', 'track'].map((what) => `${what} ${rate}`)), 'entries per request'];

const isAt = (line) => ({ place }) => place?.file === FIXTURE && place.line === line;
const isAccused = ({ verdict }) => verdict === 'leak' || verdict === 'suspect';
const shown = ({ kind, label, place, verdict, evidence, live, size }) =>
  `${kind} ${label} ${place?.file}:${place?.line}: ${verdict}, ${evidence} (${live} live${size ? `, ${size.total} entries` : ''})`;

describe(`a service of ${SECONDS} s with parts that leak and parts that do not`, { concurrency: true }, () => {
  for (const mode of ['full', 'adaptive']) {
    it(`${mode} mode: each leak is reported within 30 s, and nothing else is accused at any second`, async () => {
      const { said: looks } = await runWell(FIXTURE, { node: preload, args: [String(SECONDS)], env: { LEAKLINE: mode } });
      const [last] = looks.slice(-1);
      assert.ok(last.at >= SECONDS * 1_000 && last.dropped === 0, JSON.stringify({ ...last, sites: [] }));
      const lines = LEAKS.map((leak) => lineOf(file, leak));
      const failures = [];
      for (const { at, sites } of looks) {
        for (const site of sites.filter(isAccused)) {
          if (!lines.some((line) => isAt(line)(site))) failures.push(`innocent, at ${at.toFixed()} ms: ${shown(site)}`);
        }
        if (at < WITHIN_MS) continue;
        lines.forEach((line, n) => {
          const found = sites.filter(isAt(line));
          if (!found.some(({ verdict }) => verdict === 'leak')) {
            failures.push(`${LEAKS[n]} is no leak, at ${at.toFixed()} ms: ${found.map(shown).join('; ') || 'not seen'}`);
          }
        });
      }
      assert.deepEqual(failures.slice(0, 20), [], `${failures.length} failures; after ${last.requests} requests`);

      const of = (mark) => last.sites.find(isAt(lineOf(file, mark)));
      assert.equal(of('long timeout per request').verdict, 'new', 'they end by themselves');
      assert.ok(of('entries per request').bytesPerHour > 0 && of('interval per second').bytesPerHour > 0);
      assert.equal(of('listener per second').bytesPerHour, undefined, 'what hangs on a listener is not known');
      assert.ok(Math.abs(of('interval per second').growthPerHour - 3_600) < 900, 'one a second');
    });
  }
});
