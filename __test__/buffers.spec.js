'use strict';

// Kind `buffer` in a service: lines whose Buffers stay, by samples in V8's allocator. `LEAKLINE_LONG=1` takes the rates, the memory
// and the numbers of runs that are promised; by default samples are closer, and one process leaks in each way at once.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { endsWell } = require('./support/ends');
const { runNode } = require('./support/run');

const isLong = process.env.LEAKLINE_LONG === '1';
const fixture = (name) => path.join(__dirname, 'fixtures/service', name);
const service = fixture('buffers.js');
const source = fs.readFileSync(service, 'utf8').split('\n');
/** The line of a leak in the service: each is on one. */
const lineOf = (kind) => 1 + source.findIndex((line) => line.startsWith(`  ${kind}(bytes) {`));
const LEAKS = ['alloc', 'typed', 'views', 'zipped'];
const labelOf = (kind) => `in ${kind}()`;

async function served(kinds, rate, seconds, ballast, env) {
  const { code, stdout, stderr } = await runNode([service, kinds.join(), rate, seconds, ballast].map(String), { env });
  assert.equal(code, 0, stderr);
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
  const end = lines.pop();
  assert.deepEqual(end.notes.filter((note) => /Buffer/.test(note)), []);
  return { found: lines, end };
}

/** Only lines that leak are found. */
function areRight(found, kinds) {
  for (const { label, file, line } of found) {
    assert.deepEqual([file, line], [service, lineOf(kinds.find((kind) => labelOf(kind) === label))], label);
  }
}

describe('samples of Buffers', { concurrency: true }, () => {
  it('name the lines whose Buffers stay, while requests and a bounded cache are not', async () => {
    // A busy machine allocates later, so it has longer to be seen.
    const { found } = await served(LEAKS, 20, 120, 20, { INTERVAL: '16384', EARLY: JSON.stringify(LEAKS.map(labelOf)) });
    areRight(found, LEAKS);
    const labels = found.map(({ label }) => label);
    for (const kind of LEAKS) assert.ok(labels.includes(labelOf(kind)), `${kind}: ${labels}`);
    assert.match(found[0].evidence, /of what it allocated in .* \(± \d+ %, [\d,]+ samples\) outlived .* major collection/);
  });

  it('name no line of small ones, whose slabs many lines share', async () => {
    const label = "of Node's pool";
    const { found } = await served(['small'], 20, 120, 20, { INTERVAL: '16384', EARLY: JSON.stringify([label]) });
    assert.deepEqual([...new Set(found.map((one) => [one.label, one.line].join()))], [[label, undefined].join()]);
  });

  describe('an end while Buffers are sampled', () => {
    it('is as without leakline', async () => {
      const hows = await endsWell(fixture('ends-while-buffers.js'), isLong ? 17 : 1);
      assert.ok(hows.length >= 10);
    });
  });

  if (isLong) {
    // Nine of those have to stay, whatever their size.
    const times = (kind) => (kind === 'large' ? [[10, 90]] : [[10, 60], [1, 300]]);
    for (const kind of [...LEAKS, 'large']) {
      for (const [rate, seconds] of times(kind)) {
        it(`${kind} at ${rate} MB/min beside 200 MB: within ${seconds} s`, async () => {
          const { found } = await served([kind], rate, seconds, 200, { EARLY: JSON.stringify([labelOf(kind)]) });
          areRight(found, [kind]);
          assert.ok(found.length > 0);
        });
      }
    }
    it('nothing is said of 12 services that leak nothing', async () => {
      for (let run = 0; run < 12; run += 2) {
        const both = await Promise.all([1, 2].map(() => served(['none'], 0, 90, 60, {})));
        assert.deepEqual(both.flatMap(({ found }) => found), [], `run ${run}`);
      }
    });
  }
});
