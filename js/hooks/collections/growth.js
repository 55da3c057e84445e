'use strict';

/**
 * Which collections are worth knowing who fills them: those that become larger than they ever
 * were. One that swings does so rarely, a bounded cache at its limit and a table that was built
 * once never.
 */

const { Map } = require('../../base/originals.js');
const { min } = require('../../base/primordials.js');
const { createInserters } = require('./inserters.js');
const { growTo } = require('../../recording/grow-to.js');

/** A small collection must have grown in this many samples, and have this many entries. */
const MIN_LOOKS = 3;
const MIN_ENTRIES = 8;
/** Looks without growth after which one is left alone: a minute. Four looks that it grew in win it another. */
const QUIET = 240;
const MAX_QUIET = 60 * QUIET;
/** Instances that there is room for at first. */
const FIRST = 1024;

/** @param {import('../context.js').Context} context */
function createGrowth(context) {
  const inserters = createInserters(context);
  /** By index: the most entries that a look saw, -1 before the first; looks that saw more than ever. */
  let peaks = new Int32Array(FIRST);
  let looks = new Int32Array(FIRST);
  /** Of those whose filling is seen, by index: looks without growth. */
  const quiet = new Map();

  function isGrowing(index, size) {
    if (context.isChecking()) return true;
    return size >= context.minSize || (size >= MIN_ENTRIES && looks[index] >= MIN_LOOKS);
  }

  const quietLimit = (index) => min(MAX_QUIET, QUIET * (1 + (looks[index] >> 2)));

  return {
    /** Bytes kept here. */
    bytes: () => peaks.byteLength + looks.byteLength,

    flush: inserters.flush,
    undo: inserters.undo,

    /** A look finds a new instance at this index. */
    begin(index) {
      peaks = growTo(peaks, index);
      looks = growTo(looks, index);
      peaks[index] = -1;
      looks[index] = 0;
      if (quiet.size !== 0) quiet.delete(index);
    },

    /** Whether a look has to show it also when it has as many entries as before. */
    wants: (index) => peaks[index] < 0 || (quiet.size !== 0 && quiet.has(index)),

    /** A sample found it with `size` entries. */
    look(index, instance, kind, handle, size) {
      const peak = peaks[index];
      if (size > peak) peaks[index] = size;
      const isSeen = quiet.has(index);
      if (peak >= 0 && size > peak) {
        looks[index]++;
        if (!isSeen && !(context.areInsertersWanted() && isGrowing(index, size))) return;
        quiet.set(index, 0);
      } else if (isSeen) {
        quiet.set(index, quiet.get(index) + 1);
      } else return;
      const isOver = quiet.get(index) >= quietLimit(index);
      if (isOver) inserters.unwatch(instance);
      // Of one that is watched this counts what left.
      if (isOver || !inserters.watch(instance, kind, handle)) quiet.delete(index);
    },
  };
}

module.exports = { createGrowth };
