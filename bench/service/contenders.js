'use strict';

// What the service is run with: each as its users switch it on, and what it needs of Node's command line for it.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const { packageFile } = require('../support/packages');

const register = path.join(__dirname, '..', '..', 'js', 'register.js');
const leakline = (mode) => () => ({ node: ['--require', register], env: { LEAKLINE: mode } });
const peer = (...file) => path.join(__dirname, 'peers', ...file);

/** By name: what makes it, and whether it is taken from npm. The first is what all are compared with. */
const contenders = {
  bare: { how: () => ({}) },
  // Shows how far two that are the same differ.
  'bare again': { how: () => ({}) },
  // Shows what so much work does to each figure, whoever does it: near saturation a queue makes much of little.
  'bare + 5 µs': { how: () => ({ env: { BENCH_EXTRA_US: '5' } }) },
  off: { how: leakline('off') },
  counts: { how: leakline('counts') },
  adaptive: { how: leakline('adaptive') },
  full: { how: leakline('full') },
  'async_hooks no-op': { how: () => ({ node: ['--require', peer('async-hooks.js')] }) },
  '--heap-prof': { how: () => ({ node: ['--heap-prof', `--heap-prof-dir=${profiles()}`] }) },
  '@datadog/pprof heap': {
    how: () => ({ node: ['--require', peer('pprof.js')], env: { BENCH_PPROF: packageFile('@datadog/pprof') } }),
    isPackage: true,
  },
  'why-is-node-running': {
    how: () => ({ node: ['--import', pathToFileURL(packageFile('why-is-node-running', 'include.js')).href] }),
    isPackage: true,
  },
  wtfnode: { how: () => ({ node: ['--require', packageFile('wtfnode')] }), isPackage: true },
};

module.exports = { contenders };

// Written when the process ends, and looked at by nobody.
let folder = null;
function profiles() {
  if (folder === null) {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakline-bench-'));
    process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  }
  return folder;
}
