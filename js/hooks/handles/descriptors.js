'use strict';

/** Which file descriptors of the process are open, whoever opened them. */

const fs = require('node:fs');
const { Set } = require('../../originals.js');

const { readdirSync, fstatSync } = fs;
/** Where the system lists them. */
const FOLDERS = { linux: '/proc/self/fd', darwin: '/dev/fd' };
/** Asked one by one there are so many at the most. */
const MAX_ASKED = 1_000;

/**
 * @param {Iterable<number>} candidates those that somebody wants to know of
 * @returns {Set<number> | null} null when it cannot be told
 */
function openDescriptors(candidates) {
  try {
    const folder = FOLDERS[process.platform];
    const open = new Set();
    if (folder === undefined) askEach(candidates, open);
    else for (const name of readdirSync(folder)) open.add(Number(name));
    return open;
  } catch {
    return null; // no such folder, or no permission to see it
  }
}

function askEach(candidates, open) {
  let asked = 0;
  for (const fd of candidates) if (++asked > MAX_ASKED || isOpen(fd)) open.add(fd);
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
