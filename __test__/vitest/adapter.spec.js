'use strict';

// Under Vitest each test that leaks fails, with its line, in each pool; and no other test does.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { marked, named, place, projectOf, run } = require('../support/runners');
const { root } = require('../support/run');

const files = ['src/bus.ts', 'tests/leaky.test.ts'];
const { folder: project, skip } = projectOf('vitest');

const modes = {
  forks: ['--pool=forks'],
  threads: ['--pool=threads'],
  vmThreads: ['--pool=vmThreads'],
  vmForks: ['--pool=vmForks'],
  'forks without isolation': ['--pool=forks', '--no-isolate', '--maxWorkers=1'],
  'threads without isolation': ['--pool=threads', '--no-isolate', '--maxWorkers=1'],
  'hooks in order': ['--sequence.hooks=list'],
  'hooks at once': ['--sequence.hooks=parallel'],
};

describe('under Vitest', { skip, concurrency: 2 }, () => {
  for (const [name, args] of Object.entries(modes)) {
    it(name, async () => {
      const folder = place(project, 'vitest');
      const { code, failures, output } = await vitest(folder, args);
      assert.equal(output.match(/leakline watches the tests for/g)?.length, 1, output);
      assert.deepEqual(named(failures), marked(folder, files));
      assert.equal(code, 1);
    });
  }

  it('judged test by test', async () => {
    const folder = place(project, 'vitest', { 'leakline.config.json': '{ "checkAt": "test", "graceMs": 20 }' });
    const { failures } = await vitest(folder, ['tests/leaky.test.ts']);
    // Then what is released after the test comes too late, of those that ran at once the last one fails, and one that
    // is to fail does.
    const { 'orders > released late': late, ...others } = named(failures);
    assert.equal(late.length, 1);
    const { 'orders > that fails as well': _, 'at once > first': _first, ...expected } = marked(folder, files);
    assert.deepEqual(others, expected);
  });

  it('has types', () => {
    const folder = place(project, 'vitest');
    fs.writeFileSync(path.join(folder, 'types.ts'), `
      import { expect } from 'vitest';
      import { toHaveNoLeaks, toLeak } from 'leakline/vitest';
      expect.extend({ toHaveNoLeaks, toLeak });
      export const checked: Promise<void> = expect(() => {}).not.toLeak({ kind: 'listener' });
      expect({}).toHaveNoLeaks();
      // @ts-expect-error: no such option
      void expect(() => {}).toLeak({ kinds: 1 });`);
    execFileSync(process.execPath, [
      path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--types', '',
      '--module', 'nodenext', '--target', 'es2022', 'types.ts',
    ], { cwd: folder, stdio: 'inherit' });
  });
});

async function vitest(folder, args) {
  const bin = path.join(project, 'node_modules', 'vitest', 'vitest.mjs');
  const { code, output } = await run(folder, [bin, 'run', '--reporter=json', '--outputFile=result.json', ...args]);
  const { testResults } = JSON.parse(fs.readFileSync(path.join(folder, 'result.json'), 'utf8'));
  const broken = testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'));
  const failed = testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === 'failed');
  const failures = [
    ...broken.map(({ name, message }) => [name, message]),
    ...failed.map(({ ancestorTitles, title, failureMessages }) => [[...ancestorTitles, title].join(' > '), failureMessages.join('\n')]),
  ];
  return { code, failures, output };
}
