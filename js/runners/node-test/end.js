'use strict';

const { AsyncResource } = require('node:async_hooks');
const { setImmediate } = require('../../base/originals.js');

/** Whether node:test ends this process as soon as its last hook has run. */
function isForced() {
  return process.execArgv.includes('--test-force-exit');
}

/**
 * Calls `judge` when all tests of this process are over, with the hooks of all of them, and before
 * node:test ends its report. That is when the event loop is empty: a file may still be waiting for
 * something, and define a test or a hook then.
 */
function atEnd({ after }, judge) {
  // Hooks that are defined in here are the root's.
  const root = new AsyncResource('LEAKLINE');
  if (isForced()) {
    // A hook that is defined when others run is the last.
    after(() => root.runInAsyncScope(() => after(judge)));
    return;
  }
  // As they are: what is called once is not to be called more often.
  const held = process.rawListeners('beforeExit');
  for (const listener of held) process.removeListener('beforeExit', listener.listener ?? listener);
  process.once('beforeExit', async () => {
    try {
      await judge();
    } finally {
      for (const listener of held) process.on('beforeExit', listener);
      // The event loop is to be empty once more.
      setImmediate(() => {});
    }
  });
}

module.exports = { atEnd, isForced };
