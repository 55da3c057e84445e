'use strict';

/**
 * Owners: objects whose death ends what was registered on them. They are held by weak handles in
 * the addon; here are only the numbers of what each has registered.
 */

const { Map, now } = require('../base/originals.js');
const { max, min } = require('../base/primordials.js');
const { gatherAll } = require('./gather.js');
const { createOwned } = require('./owned.js');
const { growTo, shrinkTo } = require('./grow-to.js');

/** The addon's table of owners. */
const TABLE = 0;
/** The dead that one call to the addon can name. */
const BATCH = 1024;
/** The longest that a look at a part of them may take, in ms. */
const SWEEP_MS = 3;
/** Bytes of one who is to be reported, as measured of V8's Maps; of V8's part of a weak handle; of a place in a list of handles. */
const REPORTED_BYTES = 150;
const WEAK_BYTES = 40;
const PLACE_BYTES = 10;
/** Owners that there is room for at first. */
const ROOM = 1_024;

/**
 * @param {object} native the addon
 * @param {ReturnType<typeof import('./ring.js').createRing>} ring gets the ends
 */
function createOwners(native, ring) {
  const owned = createOwned(native.layout());
  // The addon has so many properties that V8 looks each up.
  const { holdOwner } = native;
  const collect = (handle) => ring.collect(handle);
  const disown = (handle) => ring.disown(handle);
  /** Who is called at a death, by the addon's index. They live until then: for few. */
  const reported = new Map();
  /** Indexes that were ever given out. */
  let count = 0;
  /** Bytes of what hangs on each, by index; and their sum. */
  let carried = new Int32Array(ROOM);
  let carriedSum = 0;
  const dead = new Int32Array(BATCH + 1);
  let cursor = 0;

  /** Looks at up to `limit` owners; true at the end of the table. */
  function sweep(limit) {
    cursor = native.sweep(TABLE, cursor, limit, dead);
    for (let i = 1; i <= dead[0]; i++) ended(dead[i]);
    return cursor === 0;
  }

  function ended(index) {
    owned.each(index, collect);
    clear(index);
    if (reported.size === 0) return;
    const notify = reported.get(index);
    reported.delete(index);
    notify?.();
  }

  function clear(index) {
    owned.clear(index);
    if (index >= carried.length) return;
    carriedSum -= carried[index];
    carried[index] = 0;
  }

  const oneIndex = new Int32Array(2);
  const oneObject = [];

  return {
    /**
     * @param {object} owner
     * @param {() => void} [collected] called when the owner is dead; must not reach it
     * @returns {number} an index, by which the owner goes here
     */
    retain(owner, collected) {
      const index = holdOwner(owner);
      if (index >= count) count = index + 1;
      if (collected !== undefined) reported.set(index, collected);
      return index;
    },

    /** Bytes kept here, by V8 for the addon's handles, and on the owners. */
    bytes: () => owned.bytes() + owned.live() * PLACE_BYTES + carried.byteLength + carriedSum + count * WEAK_BYTES + reported.size * REPORTED_BYTES,

    /** So many more bytes hang on an owner, below 0 for less: what a hook knows of it, which dies with it. */
    carries(index, bytes) {
      carried = growTo(carried, index);
      carried[index] += bytes;
      carriedSum += bytes;
    },

    /** Gives back what is not used any more; handles' slots are at most `lastSlot`. */
    trim(lastSlot) {
      owned.trim(lastSlot);
      let last = carried.length;
      while (last > ROOM && carried[last - 1] === 0) last--;
      carried = shrinkTo(carried, last);
    },

    /** A registration ends when its owner is dead. */
    add: owned.add,

    /** Whether a registration that was added has not ended since. */
    has: owned.has,

    /** A registration of an owner's has ended before. */
    remove: owned.remove,

    /** An owner's end does not matter any more. */
    release(index) {
      native.release(TABLE, index);
      clear(index);
      reported.delete(index);
    },

    /**
     * Looks at a part of the owners, so that all are looked at within a second or so; at more where
     * many are dead, as where each request makes its own.
     */
    sweepSome() {
      const until = now() + SWEEP_MS;
      const enough = min(20_000, max(2_000, count >> 2));
      let seen = 0;
      do {
        if (sweep(BATCH)) return;
        seen += BATCH;
      } while ((seen < enough || dead[0] > BATCH >> 2) && now() < until);
    },

    /** Shows one owner. Returns what `see` does with it; false when it is gone. */
    show(index, see) {
      native.gather(TABLE, index, 1, oneIndex, oneObject);
      if (oneIndex[0] === 0) return false;
      if (oneIndex[1] < 0) {
        ended(index);
        return false;
      }
      const [owner] = oneObject;
      oneObject[0] = undefined; // hold none of them
      return see(owner);
    },

    /**
     * Shows each living owner, with what leaves its registrations to it: nothing that keeps it is to blame for them.
     * @param {(owner: object, disown: () => void) => void} show
     */
    each(show) {
      gatherAll(native, TABLE, (index, owner) => show(owner, () => owned.eachExcused(index, disown)), ended);
    },

    /**
     * Shows each handle of each living owner, with the owner.
     * @param {(handle: number, owner: object) => void} show
     */
    eachHandle(show) {
      gatherAll(native, TABLE, (index, owner) => owned.each(index, (handle) => show(handle, owner)), ended);
    },

    /** Looks at all owners. */
    sweepAll() {
      cursor = 0;
      // Each batch either ends the table or ends at least one owner.
      while (!sweep(0x7fffffff));
    },
  };
}

module.exports = { createOwners, WEAK_BYTES };
