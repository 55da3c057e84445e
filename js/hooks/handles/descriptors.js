'use strict';

/** Which file descriptors of the process are open. */

const fs = require('node:fs');
const { Set } = require('../../base/originals.js');
const { forEach } = require('../../base/primordials.js');

const { openSync, closeSync, readdirSync, fstatSync } = fs;
/** Where the system lists them. */
const FOLDERS = { linux: '/proc/self/fd', darwin: '/dev/fd' };
/** The most that are checked one by one. */
const MAX_ASKED = 1_000;

/**
 * @param {Iterable<number>} candidates those to check
 * @returns {Set<number> | null} null when it is not known
 */
function openDescriptors(candidates) {
  try {
    const folder = FOLDERS[process.platform];
    const open = new Set();
    if (folder === undefined) askEach(candidates, open);
    else list(folder, open);
    return open;
  } catch {
    return null; // no such folder, or no permission to see it
  }
}

function list(folder, open) {
  forEach(readdirSync(folder), (name) => open.add(+name));
  // To list them one had to be open, which has the lowest number that is free: as another one has now.
  const free = openSync(folder);
  closeSync(free);
  open.delete(free);
}

function askEach(candidates, open) {
  let asked = 0;
  candidates.forEach((_, fd) => {
    if (++asked > MAX_ASKED || isOpen(fd)) open.add(fd);
  });
}

function isOpen(fd) {
  try {
    fstatSync(fd);
    return true;
  } catch (error) {
    return error.code !== 'EBADF';
  }
}

module.exports = { openDescriptors };
