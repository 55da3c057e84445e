'use strict';

// What is distinguished: who owns an emitter, which of several tests it was, and which level counts.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { isFirstNode } = require('../support/first-node');
const { differences } = require('../support/jest-expected');
const { place, runJest } = require('../support/jest-project');
const { setup, versions } = require('../support/jest-versions');

/** One of the two tests of that name leaks, and one does not. */
const twins = (tests) => tests.filter(({ name }) => name === 'of one name').map(({ status }) => status).toSorted();
const isInnocentTwin = ({ name, status }) => name === 'of one name' && status === 'passed';

for (const { name, folder: project, skip } of versions()) {
  describe(`shapes of tests under ${name}`, { skip }, () => {
    it('each leak is its test’s, at its line', async () => {
      const folder = place(project, 'shapes');
      const result = await runJest(folder, { setup });
      const tests = result.tests.filter((test) => !isInnocentTwin(test));
      assert.deepEqual(differences(folder, { tests }), []);
      assert.deepEqual(twins(result.tests), ['failed', 'passed']);
      assert.match(result.output, /as the file says/, 'what is only reported is reported');
    });

    if (!isFirstNode) return;

    it('beside a recording that began before Jest', async () => {
      const folder = place(project, 'shapes', 'shapes-preload');
      const env = { NODE_OPTIONS: '--require leakline/register', LEAKLINE: 'adaptive' };
      const { tests } = await runJest(folder, { setup, env });
      assert.deepEqual(differences(folder, { tests: tests.filter((test) => !isInnocentTwin(test)) }), []);
    });

    it('judged when each test ends', async () => {
      const folder = place(project, 'shapes', 'shapes-each');
      require('node:fs').writeFileSync(require('node:path').join(folder, 'leakline.config.json'), '{ "checkAt": "test", "graceMs": 100 }');
      const { tests } = await runJest(folder, { setup, files: ['tests/emitters.test.js'] });
      const failed = tests.filter(({ status }) => status === 'failed').map((test) => test.name);
      assert.deepEqual(failed.toSorted(), [
        'a fixture shows what the application leaves on it',
        'a server that has not listened yet', 'a server that was closed', 'a signal', 'a socket, once', 'a stream',
        'cleaned up after each test, or after all', 'cleaned up by a hook of the file', 'in a table a', 'in a table b',
      ]);
    });
  });
}
