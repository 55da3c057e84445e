'use strict';

/** The objects that weak handles still hold, in batches, since nothing may hold many of them. */

/** Objects that one call to the addon can give. */
const BATCH = 1024;

/**
 * Shows each object of a table of the addon's; see `gather` there.
 * @param {{ gather: Function }} native the addon
 * @param {number} table which one
 * @param {(index: number, object: object) => void} show
 * @param {(index: number) => void} gone called with the index of one that is dead: the addon has let go of it
 */
function gatherAll(native, table, show, gone) {
  const indexes = new Int32Array(BATCH + 1);
  const objects = [];
  let cursor = 0;
  do {
    cursor = native.gather(table, cursor, BATCH, indexes, objects);
    for (let i = 0; i < indexes[0]; i++) {
      const index = indexes[i + 1];
      if (index >= 0) show(index, objects[i]);
      else gone(-1 - index);
    }
    for (let i = 0; i < objects.length; i++) objects[i] = undefined; // hold none of them
  } while (cursor !== 0);
}

module.exports = { gatherAll };
