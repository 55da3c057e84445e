'use strict';

const { faceFor } = require('../core.js');
const { toLeak } = require('./to-leak.js');
const { toHaveNoLeaks } = require('./to-have-no-leaks.js');

/**
 * The matchers for `expect.extend()` in a realm.
 * @param {object} realm the tests' global object
 */
function matchersFor(realm) {
  const face = faceFor(realm);
  return { toLeak: toLeak(face), toHaveNoLeaks: toHaveNoLeaks(face) };
}

module.exports = { matchersFor };
