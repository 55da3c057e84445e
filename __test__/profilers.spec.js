'use strict';

// Samples of allocations beside other users of V8's profiler, of which an isolate has one, and ends of processes and threads that
// sample. `LEAKLINE_LONG=1` takes @datadog/pprof as well, some 200 ends without others and as many beside them.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { missingPackages, packageFile } = require('../bench/support/packages');
const { endsWell } = require('./support/ends');
const { runNode, temporaryFolder } = require('./support/run');

const isLong = process.env.LEAKLINE_LONG === '1';
const long = 'LEAKLINE_LONG=1 runs it';
const noDatadog = isLong ? missingPackages({ isQuick: false }) ?? false : long;
const datadog = packageFile('@datadog/pprof');
const fixture = (name) => path.join(__dirname, 'fixtures/service', name);
/** Close samples: the fixture does not allocate much. */
const HEAP_PROF = ['--heap-prof', '--heap-prof-interval=4096'];

describe('beside another profiler of allocations', { concurrency: true }, () => {
  const stopped = /has stopped the samples of allocations: leakline has started them again/;
  const replaced = /takes its own: leakline reads those/;
  /** By who is first: the note, where there is one. */
  const NOTES = {
    inspector: { leakline: stopped, other: /each reading is a full garbage collection/, replaced },
    datadog: { leakline: stopped, replaced },
  };
  /** By who is first: what the other one does. */
  const WORDS = { leakline: 'comes later', other: 'came before', replaced: 'takes its own samples instead', 'replaced-at-the-end': 'does so just before leakline stops' };
  for (const [name, notes] of Object.entries(NOTES)) {
    for (const first of Object.keys(WORDS)) {
      const wanted = notes[first];
      it(`${name} that ${WORDS[first]}: both work, and it is not stopped`, { skip: name === 'datadog' && noDatadog }, async () => {
        const seconds = name === 'datadog' ? 120 : 0;
        const { code, stdout, stderr } = await runNode([fixture('beside-profilers.js'), first, name === 'datadog' ? datadog : name, String(seconds)]);
        assert.equal(code, 0, stderr);
        const { seen, seenAtEnd, isNamed, notes: found } = JSON.parse(stdout);
        assert.deepEqual([seen, seenAtEnd, isNamed], [true, true, seconds > 0], stdout);
        assert.equal(found.length, wanted === undefined ? 0 : 1, stdout);
        if (wanted !== undefined) assert.match(found[0], wanted);
      });
    }
  }

  it('--heap-prof: each thread writes its profile', async () => {
    const cwd = temporaryFolder();
    const { code, stderr } = await runNode([...HEAP_PROF, fixture('ends-while-sampling.js'), 'worker-natural'], { cwd });
    assert.deepEqual([code, stderr], [0, '']);
    const files = fs.readdirSync(cwd).filter((name) => name.endsWith('.heapprofile'));
    const names = (node) => node.callFrame.functionName === 'work' || node.children.some(names);
    assert.deepEqual(files.map((name) => names(JSON.parse(fs.readFileSync(path.join(cwd, name), 'utf8')).head)), [true, true]);
  });
});

describe('an end while allocations are sampled', () => {
  it('is as without leakline', async () => {
    const hows = await endsWell(fixture('ends-while-sampling.js'), isLong ? 17 : 1);
    assert.equal(hows.length, 12);
  });

  for (const [name, beside] of Object.entries({
    '--heap-prof': { flags: HEAP_PROF },
    'DevTools, which came before': { env: { BESIDE: 'inspector' } },
    'DevTools, which comes later': { env: { BESIDE: 'inspector', AFTER: '1' } },
    '@datadog/pprof, which came before': { env: { BESIDE: datadog } },
    '@datadog/pprof, which comes later': { env: { BESIDE: datadog, AFTER: '1' } },
  })) {
    it(`beside ${name}, too`, { skip: name.startsWith('@') ? noDatadog : !isLong && long }, async () => {
      await endsWell(fixture('ends-while-sampling.js'), 4, { ...beside, cwd: temporaryFolder() });
    });
  }
});
