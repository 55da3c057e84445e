'use strict';

/** Matchers for `expect.extend()` of Jest and Vitest. Recording begins here, so that growth from now on is seen. */

const { requireMain } = require('../../base/realm.js');

const { matchersFor, recordFor } = requireMain('runners/matchers/matchers.js');

recordFor(globalThis, globalThis.afterAll);

const { toLeak, toHaveNoLeaks } = matchersFor(globalThis);

module.exports = { toLeak, toHaveNoLeaks };
