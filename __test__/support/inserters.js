'use strict';

// js/hooks/collections/inserters.js by itself: what it says is kept here instead of in a ring.

const { createInserters } = require('../../js/hooks/collections/inserters');
const native = require('../../js/base/native').load();

const kinds = native.layout();

/**
 * @param {object} fields of the context that matter to the test
 * @returns `inserters`, and `reported()`: what was flushed since the last time, as `'3 by 1, 2 left'`
 */
function insertersAlone(fields = {}) {
  let reported = [];
  const ring = {
    fill: (_, site, entries) => entries > 0 && reported.push(`${entries} by ${site}`),
    leave: (_, entries) => reported.push(`${entries} left`),
  };
  const inserters = createInserters({
    native, ring, mode: () => 'full', insertionSampler: { admit: () => 0 }, site: () => 1, ...fields,
  });
  return {
    inserters,
    reported() {
      inserters.flush();
      const text = reported.join(', ');
      reported = [];
      return text;
    },
  };
}

module.exports = { insertersAlone, kinds };
