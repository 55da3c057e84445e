'use strict';

/**
 * Watches each test of a file: `setupFilesAfterEnv: ['leakline/jest/setup']`. This runs in the file's
 * sandbox, and does nothing there but to fetch the watch from outside of it.
 */

const globals = require('@jest/globals');

// Under `automock` it would be a mock.
const { requireMain } = globals.jest.requireActual('../../base/realm.js');

requireMain('runners/jest/adapter.js').watchFile(globalThis, globals);
