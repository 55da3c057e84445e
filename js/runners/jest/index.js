'use strict';

/**
 * Matchers for Jest's `expect.extend()`, and for Vitest's:
 *
 *   expect.extend(require('leakline/jest'));
 *   await expect(() => handle(request)).not.toLeak();
 *
 * Recording begins here, so that what the file makes from now on can be seen to grow.
 */

const { requireMain } = require('../../base/realm.js');

const { matchersFor, recordFor } = requireMain('runners/jest/matchers.js');

recordFor(globalThis, globalThis.afterAll);

const { toLeak, toHaveNoLeaks } = matchersFor(globalThis);

module.exports = { toLeak, toHaveNoLeaks };
