'use strict';

// npm run demo [-- ARGS]: the leaky service and what leakline says of it. Needs no node_modules; builds when needed.

const path = require('node:path');

const { ensureAddon } = require('./ensure');
const { root, run, script } = require('./exec');

script(() => {
  ensureAddon();
  run(process.execPath, [path.join(root, 'examples', 'demo.js'), ...process.argv.slice(2)]);
});
