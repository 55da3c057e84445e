'use strict';

/**
 * Windows: the times of tests. A registration belongs to the window that is open; when several tests
 * run at once, to one window for each set of them, because nothing says which of them made the call.
 */

const { Map } = require('../base/originals.js');
const { keysOf, min, some } = require('../base/primordials.js');

/** No number is used again in a thread: what was created in a window of an earlier recording is old. */
let lastNumber = 0;
/** The creation windows of calls have numbers above all those of tests. */
const FIRST_CALL = 2 ** 32;
let lastCall = FIRST_CALL;

/**
 * @param {ReturnType<typeof import('./ring.js').createRing>} ring
 * @param {number} last the largest number a window may have
 */
function createWindows(ring, last) {
  /** Open tests, each with the window in which it began. */
  const open = new Map();
  /** Which tests a window is of. */
  const tests = new Map();
  /** The window that the collector knows to be open: a call's is not for it. */
  let reported = 0;
  /** Whether a check makes its calls: each has a creation window, and no test has one. */
  let isCalling = false;

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
    isTestFile: (file) => some(keysOf(open), (test) => test.file === file),

    /** A test begins. */
    open(test) {
      open.set(test, 0);
      enter();
    },

    /** A test ends. */
    close(test) {
      if (open.delete(test)) enter();
    },

    /** Whether each call of a check has a creation window. */
    isCalling: () => isCalling,

    /** A check begins: no test's window is open until the returned function is called, but one for each call. */
    beginCalls() {
      isCalling = true;
      enter();
      windows.nextCall();
      return () => {
        isCalling = false;
        enter();
      };
    },

    /**
     * A call of the check begins. What the one before has left to do may still create owners: those are no older
     * than what is registered now.
     */
    nextCall() {
      if (!isCalling) return;
      windows.current = ++lastCall;
      windows.since = lastCall - 1;
    },

    /** Whether the open window, or one that the oldest open test began in, is not later than this one. */
    isRecent: (window) => window >= windows.since && (isCalling || window < FIRST_CALL),

    /** The tests that are open. */
    openTests: () => [...open.keys()],

    /** Lets go of all tests: what they registered is nobody's any more. */
    forget() {
      isCalling = false;
      windows.isRunning = false;
      open.clear();
      tests.clear();
      enter();
    },

    /** The tests that a window is of. */
    testsOf: (window) => tests.get(window) ?? [],
  };

  function enter() {
    if (isCalling) return report(0);
    if (open.size === 0) windows.current = windows.since = 0;
    else {
      lastNumber = min(lastNumber + 1, last);
      windows.current = lastNumber;
      tests.set(windows.current, keysOf(open));
      windows.since = windows.current;
      open.forEach((since, test) => {
        if (since === 0) open.set(test, windows.current);
        else windows.since = min(windows.since, since);
      });
    }
    report(windows.current);
  }

  function report(window) {
    if (window !== reported) ring.window(window);
    reported = window;
  }

  return windows;
}

module.exports = { createWindows };
