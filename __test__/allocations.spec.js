'use strict';

// Kind `heap` in a service: functions whose allocations stay, by V8's samples. `LEAKLINE_LONG=1` takes the rates, the heap and
// the numbers of runs that are promised; by default samples are closer, and one process leaks in each way at once.

const assert = require('node:assert/strict');
const path = require('node:path');
const { describe, it } = require('node:test');

const { leakline } = require('./support/recording');
const { runNode } = require('./support/run');

const isLong = process.env.LEAKLINE_LONG === '1';
const fixture = (name) => path.join(__dirname, 'fixtures/service', name);
const service = fixture('allocates.js');

/** By how it leaks: the functions that are named. */
const LEAKS = {
  closures: ['in closures()'],
  cache: ['in cache()'],
  promises: ['in promises()'],
  strings: ['in strings()'],
  requests: ['in requests()', 'in Request()'],
  texts: ['in texts()'],
  race: ['in race()', 'in result()'],
  // V8 may have inlined who requires it.
  children: ['in reload()', 'in a module', 'in children()'],
};
/** Beside those: of a race either is right, and of what is required again its own code or who requires it. */
const CHURN = ['in handle()'];

async function served(kinds, rate, seconds, ballast, env) {
  const args = [service, kinds.join(), rate, seconds, ballast].map(String);
  const { code, stdout, stderr } = await runNode(args, { env });
  assert.equal(code, 0, stderr);
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
  const end = lines.pop();
  assert.deepEqual(end.notes.filter((note) => note.includes('allocations')), []);
  return { found: lines, end };
}

describe('samples of allocations', { concurrency: true }, () => {
  describe('functions whose allocations stay', () => {
    it('are named while requests and a bounded cache are not', async () => {
      // A busy machine allocates later, so it has longer to be seen.
      const { found, end } = await served(Object.keys(LEAKS), 20, 120, 20, { INTERVAL: '16384', EARLY: JSON.stringify(Object.values(LEAKS)) });
      const labels = found.map(({ label }) => label);
      for (const [kind, names] of Object.entries(LEAKS)) {
        assert.ok(names.some((name) => labels.includes(name)), `${kind}: ${labels}`);
      }
      assert.deepEqual(labels.filter((label) => CHURN.includes(label) || !Object.values(LEAKS).flat().includes(label)), []);
      const closures = found.find(({ label }) => label === 'in closures()');
      assert.equal(closures.file, service);
      assert.equal(closures.role, 'cause');
      assert.match(closures.evidence, /of what it allocated in .* \(± \d+ %, [\d,]+ samples\) outlived .* major collection/);
      const { gc, usedAfterGc, limit } = end.heap;
      assert.ok(gc.major > 0 && gc.minor > 0 && gc.totalMs >= gc.longestMs && gc.longestMs > 0, JSON.stringify(gc));
      assert.ok(usedAfterGc > 20 * 2 ** 20 && limit > usedAfterGc);
    });

    if (isLong) {
      for (const kind of Object.keys(LEAKS)) {
        for (const [rate, seconds] of [[10, 60], [1, 300]]) {
          it(`${kind} at ${rate} MB/min beside 200 MB: within ${seconds} s`, async () => {
            const { found } = await served([kind], rate, seconds, 200, {});
            assert.ok(found.some(({ label }) => LEAKS[kind].includes(label)), JSON.stringify(found));
            assert.deepEqual(found.filter(({ label }) => !LEAKS[kind].includes(label)), []);
          });
        }
      }
      it('nothing is said of 36 services that leak nothing', async () => {
        for (let run = 0; run < 36; run += 2) {
          const both = await Promise.all([1, 2].map(() => served(['none'], 0, 90, 60, {})));
          assert.deepEqual(both.flatMap(({ found }) => found), [], `run ${run}`);
        }
      });
    }
  });
});

describe('start({ heap }) and LEAKLINE_HEAP', () => {
  for (const heap of [true, false, {}, { interval: 1024 }, { interval: 2 ** 30 }]) {
    it(`take ${JSON.stringify(heap)}`, () => {
      leakline.start({ heap });
      leakline.stop();
    });
  }
  for (const heap of [null, 1, '128k', [], { interval: 0 }, { interval: 1.5 }, { interval: '128k' }, { interval: 2 ** 31 }, { every: 1 }]) {
    it(`refuse ${JSON.stringify(heap)}`, () => {
      assert.throws(() => leakline.start({ heap }), (error) => error.code === 'ERR_LEAKLINE_OPTION' && /heap must be true, false or \{ interval \}/.test(error.message));
    });
  }
  for (const [text, expected] of [['0', false], ['1', true], ['128k', { interval: 131_072 }], ['1M', { interval: 1_048_576 }], ['4096', { interval: 4_096 }]]) {
    it(`${text} is ${JSON.stringify(expected)}`, () => {
      const { fromEnvironment } = require('../js/base/options.js');
      assert.deepEqual(fromEnvironment({ LEAKLINE: '1', LEAKLINE_HEAP: text }, assert.fail).heap, expected);
    });
  }
  it('what is no size costs a warning', () => {
    const { fromEnvironment } = require('../js/base/options.js');
    for (const text of ['-1', '128kb', 'fine', '1.5m', '5']) {
      const warnings = [];
      assert.equal(fromEnvironment({ LEAKLINE: '1', LEAKLINE_HEAP: text }, (line) => warnings.push(line)).heap, true);
      assert.equal(warnings.length, 1, text);
      assert.match(warnings[0], /LEAKLINE_HEAP must be true, false or \{ interval \}/);
    }
  });
});
