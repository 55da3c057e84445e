'use strict';

/**
 * Matchers for Vitest's `expect.extend()`, the same as Jest's; `leakline/vitest/setup` adds them by itself.
 *
 *   import { toHaveNoLeaks, toLeak } from 'leakline/vitest';
 *   expect.extend({ toHaveNoLeaks, toLeak });
 */

const { toLeak, toHaveNoLeaks } = require('../matchers/index.js');

module.exports = { toLeak, toHaveNoLeaks };
