'use strict';

/**
 * Who wants which pool watched, and who records now. A pool is named before leakline starts, or by another copy of
 * leakline than the one that starts, so this lies where all copies in a realm find it: at a symbol of the main global.
 */

const { mainGlobal } = require('../../base/realm.js');
const { Set } = require('../../base/originals.js');

/** Changes with the shape of what lies there. */
const KEY = Symbol.for('leakline.pools/1');

/**
 * @typedef {object} Watch a pool that somebody wants watched
 * @property {WeakRef<object>} pool as its adapter names it
 * @property {string} adapter its name
 * @property {{ maxHoldMs: number, label: string | undefined }} options
 */

/**
 * @typedef {object} Registry
 * @property {Set<Watch>} watches
 * @property {WeakMap<object, Watch>} byPool
 * @property {Set<string>} problems with pools that were named while nothing was recorded
 * @property {{ begin(watch: Watch): void, end(watch: Watch): void } | null} session what records; null when nothing does
 */

/** @returns {Registry} */
function registry() {
  if (mainGlobal[KEY] === undefined) {
    const value = { watches: new Set(), byPool: new WeakMap(), problems: new Set(), session: null };
    // Deletable, but neither listed nor replaced by accident.
    Object.defineProperty(mainGlobal, KEY, { value, configurable: true });
  }
  return mainGlobal[KEY];
}

module.exports = { registry };
