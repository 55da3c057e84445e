'use strict';

/**
 * The functions of timers, the first of each site. Node holds its timers where nobody can look, so this is how a walk through what
 * the program reaches finds the variables of one that is driven by timers alone.
 */

const { Map } = require('../../base/originals.js');
const { deref } = require('../../base/primordials.js');

/** Sites; a program has few. */
const MAX_SITES = 500;
/** Bytes of one, as measured. */
const BYTES = 120;

function createTimerCallbacks() {
  /** By site, held weakly. */
  const bySite = new Map();
  return {
    /** A timer of a site has been made. */
    made(site, timer) {
      if (site === 0 || bySite.size >= MAX_SITES || bySite.has(site)) return;
      const callback = timer._onTimeout;
      if (typeof callback === 'function') bySite.set(site, new WeakRef(callback));
    },

    /** Shows each that is still there. */
    show(see) {
      bySite.forEach((reference, site) => {
        const callback = deref(reference);
        if (callback === undefined) bySite.delete(site);
        else see(0, callback);
      });
    },

    bytes: () => bySite.size * BYTES,
  };
}

module.exports = { createTimerCallbacks };
