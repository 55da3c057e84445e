'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { it } = require('node:test');

const { exampleNames } = require('../examples/expected');
const { missing } = require('../examples/needs');
const { root, runNode, temporaryFolder } = require('./support/run');

const demo = (args, options) => runNode([path.join(root, 'examples', 'demo.js'), ...args], options);

it('--help names every example', async () => {
  const { code, stdout } = await demo(['--help']);
  assert.equal(code, 0);
  assert.ok(stdout.includes(`Examples: ${exampleNames().join(', ')}. Default: task-processor.`), stdout);
});

it('an example that is not there ends with 2', async () => {
  const { code, stderr } = await demo(['no-such-example']);
  assert.equal(code, 2);
  assert.match(stderr, /there is no example 'no-such-example'/);
});

it('an example of which all was found ends with 0', async () => {
  const { code, stdout, stderr } = await demo(['event-processor']);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^leak 1 +found +\S+processor\.js:\d+ +listener, \+1 unreleased a call, 50 in all\nfixed: no leak$/m);
});

it('what an example needs and is not there is reported, with what to do, and ends with 2', async (t) => {
  // Only the program is to be missing.
  const reason = missing('redis-cache');
  if (reason?.includes('not installed')) return t.skip(reason);
  const { code, stdout, stderr } = await demo(['redis-cache'], { env: { PATH: temporaryFolder() } });
  assert.equal(code, 2, stdout + stderr);
  assert.match(stderr, /^redis-cache cannot run: redis-server is not in PATH\. Install it .*'apt-get install redis-server'/);
  assert.equal(stdout, '');
});
