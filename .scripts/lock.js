'use strict';

const fs = require('node:fs');
const path = require('node:path');

const POLL_MS = 100;
// Longer than any installation takes.
const GIVE_UP_MS = 5 * 60_000;

/** Calls `fn` while no other process is in a `withLock` of the same file: test files run side by side. */
function withLock(file, fn) {
  take(file);
  try {
    return fn();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

module.exports = { withLock };

function take(file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  for (const until = Date.now() + GIVE_UP_MS; Date.now() < until;) {
    try {
      return fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if (error.code !== 'EEXIST' && error.code !== 'EPERM') throw error;
    }
    // One that was ended in its work left it behind.
    if (!isRunning(holderOf(file))) fs.rmSync(file, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
  throw new Error(`${file} is held by another process`);
}

// Between its creation and its content the file is empty: whoever makes it is running.
function holderOf(file) {
  try {
    return Number(fs.readFileSync(file, 'utf8')) || process.pid;
  } catch {
    return process.pid;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
