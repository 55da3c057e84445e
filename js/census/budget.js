'use strict';

const { now } = require('../base/originals.js');

/**
 * A limit for a search, of this thread's own processor time: on a busy machine it finds as much as on a quiet one.
 * @param {object} native the addon
 * @param {number} ms
 * @returns {() => boolean} whether it is used up
 */
function createBudget(native, ms) {
  // 0 where the system does not say.
  const spent = () => native.threadCpu() / 1e6 || now();
  const until = spent() + ms;
  return () => spent() > until;
}

module.exports = { createBudget };
