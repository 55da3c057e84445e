'use strict';

// Packages of a file each, as npm would have installed them.

const fs = require('node:fs');
const path = require('node:path');

const { temporaryFolder } = require('./run');

/**
 * @param {Record<string, string>} packages their code, by name; version 1.2.3 each
 * @returns {Record<string, any>} what they export, by name
 */
function installed(packages) {
  const folder = path.join(fs.realpathSync(temporaryFolder()), 'node_modules');
  const names = Object.keys(packages);
  for (const name of names) {
    fs.mkdirSync(path.join(folder, name), { recursive: true });
    fs.writeFileSync(path.join(folder, name, 'index.js'), packages[name]);
    fs.writeFileSync(path.join(folder, name, 'package.json'), JSON.stringify({ name, version: '1.2.3' }));
  }
  // Each may require the others.
  return Object.fromEntries(names.map((name) => [name, require(path.join(folder, name))]));
}

module.exports = { installed };
