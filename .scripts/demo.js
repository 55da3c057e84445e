'use strict';

// npm run demo [-- NAME]: a service that leaks and what leakline says of it, then the same service fixed. Builds and
// installs what is missing: the addon, and what the example needs. The default needs no node_modules.
// npm run demo -- jest: a test suite that leaks, and what its tests say. Installs Jest the first time.

const path = require('node:path');

const { ensureAddon, ensureModules, ensureRedis } = require('./ensure');
const { capture, root, run, script } = require('./exec');

script(async () => {
  const args = process.argv.slice(2);
  if (args.length === 1 && args[0] === 'jest') return suite('jest', 'jest30');
  if (args.length === 1) bringAbout(require('../examples/needs').needsOf(args[0]));
  ensureAddon();
  const demo = path.join(root, 'examples', 'demo.js');
  // It has said what is wrong, and its exit code says so too.
  process.exitCode = (await capture(process.execPath, [demo, ...args], { stdio: 'inherit' })).code ?? 1;
});

function suite(name, project) {
  const { ensureProject } = require('./projects');
  const { folder, reason } = ensureProject(project);
  if (reason) throw new Error(reason);
  run(process.execPath, [path.join(root, 'examples', 'suite.js'), name, folder]);
}

/** The demo itself says what it cannot get here. */
function bringAbout({ packages, programs }) {
  if (packages.length > 0) ensureModules();
  if (programs.includes('redis-server')) ensureRedis();
}
