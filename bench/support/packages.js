'use strict';

// What the benchmarks alone need from npm: peers to compare with, and another web framework. Installed on demand into a
// folder of its own.

const fs = require('node:fs');
const path = require('node:path');

const { ensurePackages } = require('../../.scripts/projects');
const { root } = require('../../.scripts/exec');

// Exact versions, so that a run of today and one of next year compare the same.
const packages = {
  '@datadog/pprof': '5.20.0',
  fastify: '5.12.8',
  'why-is-node-running': '3.2.3',
  wtfnode: '0.10.1',
};
const name = 'bench';
const modules = path.join(root, '.projects', name, 'node_modules');

/**
 * Installs them when they are missing.
 *
 * @param {{ isQuick: boolean }} options quick: only looks whether they are there
 * @returns {string | null} why there are none
 */
function missingPackages({ isQuick }) {
  const isThere = Object.keys(packages).every((each) => fs.existsSync(path.join(modules, each, 'package.json')));
  if (isQuick) return isThere ? null : 'not installed';
  try {
    ensurePackages(name, packages);
    return null;
  } catch (error) {
    return error.message.split('\n', 1)[0];
  }
}

/** The folder of one of them, or a file in it. */
const packageFile = (each, ...file) => path.join(modules, each, ...file);

module.exports = { missingPackages, packageFile };
