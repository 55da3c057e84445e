'use strict';

/**
 * What comes rarely, recognised by what costs nothing to know: an event's name, a timer's delay. A leak of one in five seconds
 * would drown among what each request registers, if it were left to chance.
 */

const { isLong } = require('../../base/cut.js');
const { Map } = require('../../base/originals.js');

/** What was not seen for so many ticks is rare. */
const RARE_TICKS = 2;
/** So many a tick at the most: with 50 µs each, a third of a percent of a core. */
const MAX_RARE = 16;
/** Names and delays remembered at the least; twice as many at the most. */
const MAX_SEEN = 1024;

function createRare() {
  /** The tick in which a name or a delay was last seen. */
  let seen = new Map();
  let seenBefore = seen;
  let ticks = 0;
  let left = MAX_RARE;
  let isAsked = false;

  return {
    /**
     * Whether what has this name comes now after a while. Not for a new one: of names that are made up there are always new.
     * @param {string | symbol | number | undefined} what a name or number that others like it share
     */
    isRare(what) {
      if (what === undefined || isLong(what)) return false;
      isAsked = true;
      let last = seen.get(what);
      if (last === ticks) return false;
      last ??= seenBefore.get(what);
      if (seen.size >= MAX_SEEN) {
        seenBefore = seen;
        seen = new Map();
      }
      seen.set(what, ticks);
      return last !== undefined && ticks - last > RARE_TICKS && left-- > 0;
    },

    /** While nothing comes no time passes: after a pause everything would be rare. */
    tick() {
      if (isAsked) ticks++;
      isAsked = false;
      left = MAX_RARE;
    },
  };
}

module.exports = { createRare };
