'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { which } = require('../.scripts/exec');

const help = {
  'redis-server':
    "redis-server is not in PATH. Install it (Debian, Ubuntu: 'apt-get install redis-server'; macOS: 'brew install redis'; " +
    'Windows: in WSL), then run this again',
};

/**
 * What an example needs besides Node and leakline, as its needs.json says it.
 *
 * @returns {{ packages: string[], programs: string[] }}
 */
function needsOf(name) {
  const file = path.join(__dirname, name, 'needs.json');
  const needs = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
  return { packages: [], programs: [], ...needs };
}

/** Why an example cannot run here, and what to do about it; undefined when it can. */
function missing(name) {
  const { packages, programs } = needsOf(name);
  const absent = packages.filter((each) => !isInstalled(each));
  if (absent.length > 0) return `${absent.join(', ')} not installed: run 'npm ci' in the clone, then run this again`;
  const program = programs.find((each) => which(each) === null);
  return program && help[program];
}

module.exports = { needsOf, missing };

function isInstalled(name) {
  try {
    require.resolve(`${name}/package.json`);
    return true;
  } catch (error) {
    // A package may keep its manifest to itself.
    return error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}
