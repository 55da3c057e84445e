'use strict';

const { apiFor, loaded } = require('../../api/core.js');
const { toLeak } = require('./to-leak.js');
const { toHaveNoLeaks } = require('./to-have-no-leaks.js');

/**
 * The matchers for `expect.extend()` in a realm.
 * @param {object} realm the tests' global object
 */
function matchersFor(realm) {
  const api = apiFor(realm);
  return { toLeak: toLeak(api), toHaveNoLeaks: toHaveNoLeaks(api) };
}

/**
 * Records a realm from now on, unless that is done already.
 * @param {object} realm
 * @param {((stop: () => void) => void) | undefined} atEnd has something called when the file is over, where there
 * is such a function
 */
function recordFor(realm, atEnd) {
  const { engine } = loaded();
  if (engine.settings !== null) return engine.adopt(realm);
  const { start, stop } = apiFor(realm);
  start({ mode: 'full' });
  if (typeof atEnd === 'function') atEnd(() => stop());
}

module.exports = { matchersFor, recordFor };
