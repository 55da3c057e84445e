'use strict';

/**
 * Matchers for Jest's `expect.extend()`, and for Vitest's:
 *
 *   expect.extend(require('leakline/jest'));
 *   await expect(() => handle(request)).not.toLeak();
 */

const { requireMain } = require('../realm.js');

const { toLeak, toHaveNoLeaks } = requireMain('jest/matchers.js').matchersFor(globalThis);

module.exports = { toLeak, toHaveNoLeaks };
