'use strict';

// Everybody's first trial: load, look, stop. What leaked is reported in time, whatever its rate, and still when the load has
// ended; what may be a warm-up says so.

const assert = require('node:assert/strict');
const path = require('node:path');
const { describe, it } = require('node:test');

const { fixture, lineOf, preload, runFixture, shown } = require('../support/service-child');
const { root, runNode, temporaryFolder } = require('../support/run');

const FIXTURE = 'in-time.js';
const file = fixture(FIXTURE);
const isLong = Boolean(process.env.LEAKLINE_LONG);
const [BUSY, REST] = isLong ? [330, 620] : [46, 28];
const WITHIN_MS = 45_000;

const KEPT = {
  'a listener that nobody removes': ['leak', 'grew'],
  'a cache that only fills': ['suspect', 'grew', 'filling-cache'],
  'a Map that gains five a second': ['suspect', 'grew', 'filling-cache'],
  'a timeout of ten minutes': ['suspect', 'piling-up'],
  // A hundred fire each second: the number is an estimate in adaptive mode, and may seem to fall.
  'a timeout that starts the next one': ['suspect', 'start-again', undefined, 'full'],
  'an emitter for each connection': ['suspect', 'grew', 'long-sessions'],
};

describe(`a service that leaks for ${BUSY} s and rests for ${REST} s`, { concurrency: true }, () => {
  for (const mode of ['adaptive', 'full']) {
    it(`${mode} mode: is reported in time and for good`, async () => {
      const report = path.join(temporaryFolder(), 'report.json');
      const env = { LEAKLINE: mode, LEAKLINE_REPORT: report };
      const result = await runFixture(FIXTURE, { node: preload, args: [String(BUSY), String(REST)], env, killMs: (BUSY + REST + 60) * 1_000 });
      assert.equal(result.code, 0, shown(result));
      const { said } = result;
      const of = ({ lines }, mark) => lines.filter(({ line }) => line === lineOf(file, mark)).sort((a, b) => b.live - a.live)[0];
      for (const [mark, [verdict, code, couldBe, only]] of Object.entries(KEPT)) {
        if (only !== undefined && only !== mode) continue;
        for (const look of said.filter(({ at }) => at > WITHIN_MS)) {
          const site = of(look, mark);
          const text = `${mark}, at ${look.at} ms: ${JSON.stringify(site)}`;
          const isHours = isLong && look.at > 300_000;
          assert.ok(site?.verdict === verdict || (isHours && site?.verdict === 'leak'), text);
          // Timeouts fire after ten minutes.
          assert.equal(site.reason.code, code, text);
          assert.equal(site.reason.couldBe, couldBe, text);
        }
      }
      const last = said.at(-1);
      // Nothing registers these: they are found a few seconds later.
      for (const mark of ['an array that only fills', 'an object used as a Map']) {
        const site = of(last, mark);
        assert.deepEqual([site?.verdict, site?.reason.couldBe], ['suspect', 'filling-cache'], `${mark}: ${JSON.stringify(site)}`);
      }
      assert.notEqual(of(last, 'an array that is full')?.verdict, 'suspect');
      assert.match(of(last, 'a listener that nobody removes').evidence, /^grew for .* until .* ago; ~?[\d,]+ still held, ~?0 ever released$/);
      for (const { lines, listeners } of said) {
        const count = lines.filter(({ kind }) => kind === 'listener').map(({ registered }) => registered).reduce((a, b) => a + b, 0);
        assert.ok(count <= listeners.registered, `the sites have ${count} of ${listeners.registered} listeners`);
      }
      const cache = said.map((look) => of(look, 'a cache with a bound of 5,000')).filter((site) => site?.verdict !== 'new' && site?.verdict !== 'steady');
      for (const site of cache) assert.deepEqual([site.verdict, site.reason.couldBe], ['suspect', 'filling-cache'], JSON.stringify(site));

      // What is written at the exit agrees, and so does who is asked whether to fail.
      const cli = path.join(root, 'js', 'cli', 'index.js');
      const { code, stdout } = await runNode([cli, 'report', report, '--fail-on', 'leak']);
      assert.equal(code, 1, stdout);
      assert.match(stdout.replace(/\s+/g, ' '), /still held/);
    });
  }
});
