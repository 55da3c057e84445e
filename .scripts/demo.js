'use strict';

// npm run demo [-- ARGS]: the leaky service and what leakline says of it. Needs no node_modules; builds when needed.
// npm run demo -- jest: a test suite that leaks, and what its tests say. Installs Jest the first time.

const path = require('node:path');

const { ensureAddon } = require('./ensure');
const { root, run, script } = require('./exec');

script(() => {
  const args = process.argv.slice(2);
  if (args.length === 1 && args[0] === 'jest') return suite('jest', 'jest30');
  ensureAddon();
  run(process.execPath, [path.join(root, 'examples', 'demo.js'), ...args]);
});

function suite(name, project) {
  const { ensureProject } = require('./projects');
  const { folder, reason } = ensureProject(project);
  if (reason) throw new Error(reason);
  run(process.execPath, [path.join(root, 'examples', 'suite.js'), name, folder]);
}
