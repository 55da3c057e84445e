'use strict';

/**
 * Watches each test of a file: `setupFilesAfterEnv: ['leakline/jest/setup']`. This runs in the file's
 * sandbox, and does nothing there but to fetch the watch from outside of it.
 */

const { requireMain } = require('../realm.js');

// Jest's functions are global, unless that is not wanted.
const hooks = typeof globalThis.beforeEach === 'function' ? globalThis : require('@jest/globals');

requireMain('jest/adapter.js').watchFile(globalThis, hooks);
