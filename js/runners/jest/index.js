'use strict';

/**
 * Matchers for Jest's `expect.extend()`:
 *
 *   expect.extend(require('leakline/jest'));
 *   await expect(() => handle(request)).not.toLeak();
 */

const { toLeak, toHaveNoLeaks } = require('../matchers/index.js');

module.exports = { toLeak, toHaveNoLeaks };
