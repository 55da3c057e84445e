'use strict';

/** What tests themselves say to the watch over them. */

const { error } = require('../../base/errors.js');
const { requireMain } = require('../../base/realm.js');

const { watchOf } = requireMain('runners/core/watch.js');

/**
 * What a leak does: to the test it is called in, else to the describe block or file that is being
 * defined. The nearest wins.
 * @param {'fail' | 'report' | 'off'} level
 */
function setLeakLevel(level) {
  const watch = watchOf(globalThis);
  if (watch === undefined) throw error('ERR_LEAKLINE_NOT_WATCHED');
  watch.level(level);
}

module.exports = { setLeakLevel };
