'use strict';

/**
 * Windows: the times of tests. A registration belongs to the window that is open; when several tests
 * run at once, to one window for each set of them, because nothing says which of them made the call.
 */

const { Map } = require('../base/originals.js');

/** No number is used again in a thread: what was created in a window of an earlier recording is old. */
let lastNumber = 0;

/**
 * @param {ReturnType<typeof import('./ring.js').createRing>} ring
 * @param {number} last the largest number a window may have
 */
function createWindows(ring, last) {
  /** Open tests, each with the window in which it began. */
  const open = new Map();
  /** Which tests a window is of. */
  const tests = new Map();
  let isSuspended = false;

  const windows = {
    /** The window that is open; 0 for none. */
    current: 0,
    /** The window in which the oldest open test began. What is created since then may be a test's own. */
    since: 0,
    /** Whether the file's hooks and tests run: what is made between tests then is a fixture. */
    isRunning: false,

    /** The file's code has run, and what it defined begins. */
    run() {
      windows.isRunning = true;
    },

    /** Whether one of the open tests is in this file. */
    isTestFile: (file) => [...open.keys()].some((test) => test.file === file),

    /** A test begins. */
    open(test) {
      open.set(test, 0);
      enter();
    },

    /** A test ends. */
    close(test) {
      if (open.delete(test)) enter();
    },

    /** No window is open until the returned function is called. */
    suspend() {
      isSuspended = true;
      enter();
      return () => {
        isSuspended = false;
        enter();
      };
    },

    /** The tests that are open. */
    openTests: () => [...open.keys()],

    /** Lets go of all tests: what they registered is nobody's any more. */
    forget() {
      isSuspended = false;
      windows.isRunning = false;
      open.clear();
      tests.clear();
      enter();
    },

    /** The tests that a window is of. */
    testsOf: (window) => tests.get(window) ?? [],
  };

  function enter() {
    const before = windows.current;
    if (open.size === 0 || isSuspended) windows.current = windows.since = 0;
    else {
      lastNumber = Math.min(lastNumber + 1, last);
      windows.current = lastNumber;
      tests.set(windows.current, [...open.keys()]);
      for (const [test, since] of open) if (since === 0) open.set(test, windows.current);
      windows.since = Math.min(...open.values());
    }
    if (windows.current !== before) ring.window(windows.current);
  }

  return windows;
}

module.exports = { createWindows };
