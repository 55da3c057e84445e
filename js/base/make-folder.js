'use strict';

// Not destructured: a test may stand in for it.
const fs = require('node:fs');
const path = require('node:path');

/**
 * Makes a folder with all that it lies in. `mkdirSync` with `recursive` never returns where a file system has no such
 * entry, as /proc: Node 20 to 24 ask again and again.
 * @param {string} folder
 * @param {number} [mode] of those that are made
 * @throws {NodeJS.ErrnoException} the system's
 */
function makeFolder(folder, mode) {
  const missing = [];
  for (let at = path.resolve(folder); !fs.existsSync(at); at = path.dirname(at)) missing.push(at);
  for (const at of missing.reverse()) makeOne(at, mode);
}

module.exports = { makeFolder };

function makeOne(folder, mode) {
  try {
    // eslint-disable-next-line no-restricted-properties -- one folder, without its parents
    fs.mkdirSync(folder, { mode });
  } catch (error) {
    // Another process was faster.
    if (error.code !== 'EEXIST') throw error;
  }
}
