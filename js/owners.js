'use strict';

/**
 * Owners: objects whose death ends what was registered on them. They are held by weak handles in
 * the addon; what is kept here for an owner must not reach it.
 */

const { now } = require('./originals.js');

/** The addon's table of owners. */
const TABLE = 0;
/** The dead that one call to the addon can name. */
const BATCH = 1024;
/** The longest that a look at a part of them may take, in ms. */
const SWEEP_MS = 3;

/**
 * @param {object} native the addon
 */
function createOwners(native) {
  /** What to end, by the addon's index. */
  const records = [];
  const dead = new Int32Array(BATCH + 1);
  let cursor = 0;

  /** Looks at up to `limit` owners; true at the end of the table. */
  function sweep(limit) {
    cursor = native.sweep(TABLE, cursor, limit, dead);
    for (let i = 1; i <= dead[0]; i++) ended(dead[i]);
    return cursor === 0;
  }

  function ended(index) {
    const record = records[index];
    records[index] = undefined;
    record?.collected();
  }

  const indexes = new Int32Array(BATCH + 1);
  const objects = [];

  return {
    /**
     * @param {object} owner
     * @param {{ collected(): void }} record told when the owner is dead
     * @returns {number} an index, for `release`
     */
    hold(owner, record) {
      const index = native.holdOwner(owner);
      records[index] = record;
      return index;
    },

    /** Its end does not matter any more. */
    release(index) {
      native.release(TABLE, index);
      records[index] = undefined;
    },

    /**
     * Looks at a part of the owners, so that all are looked at within a second or so; at more where
     * many are dead, as where each request makes its own.
     */
    sweepSome() {
      const until = now() + SWEEP_MS;
      const enough = Math.min(20_000, Math.max(2_000, records.length >> 2));
      let seen = 0;
      do {
        if (sweep(BATCH)) return;
        seen += BATCH;
      } while ((seen < enough || dead[0] > BATCH >> 2) && now() < until);
    },

    /**
     * Shows each living owner with its record.
     * @param {(owner: object, record: { collected(): void }) => void} show
     */
    each(show) {
      cursor = 0;
      do {
        cursor = native.gather(TABLE, cursor, BATCH, indexes, objects);
        for (let i = 0; i < indexes[0]; i++) {
          const index = indexes[i + 1];
          if (index >= 0) show(objects[i], records[index]);
          else ended(-1 - index);
        }
        objects.fill(undefined); // hold none of them
      } while (cursor !== 0);
    },

    /** Looks at all owners. */
    sweepAll() {
      cursor = 0;
      // Each batch either ends the table or ends at least one owner.
      while (!sweep(0x7fffffff));
    },
  };
}

module.exports = { createOwners };
