'use strict';

// js/hooks/collections/fillers.js by itself: what it tells is kept here instead of in a ring.

const { createFillers } = require('../../js/hooks/collections/fillers');
const native = require('../../js/base/native').load();

const kinds = native.layout();

/**
 * @param {object} fields of the context that matter to the test
 * @returns `fillers`, and `told()`: what was flushed since the last time, as `'3 by 1, 2 left'`
 */
function fillersAlone(fields = {}) {
  let told = [];
  const ring = {
    fill: (_, site, entries) => entries > 0 && told.push(`${entries} by ${site}`),
    leave: (_, entries) => told.push(`${entries} left`),
  };
  const fillers = createFillers({
    native, ring, mode: () => 'full', fillSampler: { admit: () => 0 }, site: () => 1, ...fields,
  });
  return {
    fillers,
    told() {
      fillers.flush();
      const text = told.join(', ');
      told = [];
      return text;
    },
  };
}

module.exports = { fillersAlone, kinds };
