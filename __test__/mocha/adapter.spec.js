'use strict';

// Under Mocha each test that leaks fails, with its line, in one process and in parallel; and no other test does.

const assert = require('node:assert/strict');
const path = require('node:path');
const { describe, it } = require('node:test');

const { marked, named, place, projectOf, run } = require('../support/runners');

const files = ['bus.js', 'test/leaky.js'];
const { folder: project, skip } = projectOf('mocha');

describe('under Mocha', { skip, concurrency: 2 }, () => {
  for (const [name, args] of Object.entries({ 'in one process': [], 'in parallel': ['--parallel', '--jobs=2'] })) {
    it(name, async () => {
      const folder = place(project, 'mocha');
      const { code, failures, passes, output } = await mocha(folder, args);
      assert.equal(output.match(/leakline watches the tests for listeners, timers and checkouts/g)?.length, 1, output);
      assert.deepEqual(named(failures), marked(folder, files));
      assert.ok(code > 0);
      assert.ok(passes.includes('clean released after all') && passes.includes('levels may leak'));
    });
  }

  it('judged test by test', async () => {
    const folder = place(project, 'mocha', { 'leakline.config.json': '{ "checkAt": "test", "graceMs": 20 }' });
    const { failures } = await mocha(folder, ['--ignore=test/clean.js']);
    // Then what is released after the test comes too late.
    const { 'orders released late': late, ...others } = named(failures);
    assert.equal(late.length, 1);
    assert.deepEqual(others, marked(folder, files));
  });
});

async function mocha(folder, args) {
  const bin = path.join(project, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const { code, stdout, output } = await run(folder, [bin, '--reporter=json', '--timeout=60000', ...args]);
  const { failures, passes } = JSON.parse(stdout.slice(stdout.indexOf('{\n')));
  // A hook is reported by its name.
  const nameOf = ({ fullTitle }) => (fullTitle.includes('hook: leakline') ? 'leakline' : fullTitle);
  return { code, output, passes: passes.map(nameOf), failures: failures.map((test) => [nameOf(test), test.err.message]) };
}
