'use strict';

/** The packages whose pools are known. Adding one is adding a line. */

const adapters = [
  require('./generic-pool.js'),
  require('./tarn.js'),
  require('./pg.js'),
  require('./mysql2.js'),
  require('./ioredis.js'),
];

/**
 * @typedef {object} Adapter
 * @property {string} name of the package
 * @property {string} label of what it hands out, for people
 * @property {(given: object) => object | null} poolOf the pool to hook, by the shape of the argument; null
 * when it is none of this package's
 * @property {(pool: object, recorder: import('./checkouts.js').Recorder, patch: Patch) => void} hook
 * @property {(resource: object) => boolean} [isOver] where a resource ends by itself: whether it has
 */

/**
 * Replaces a method of one object.
 * @callback Patch
 * @param {object} object
 * @param {string} key
 * @param {(original: Function, hook: () => Function) => Function} make `hook` gives what stands there then, which is what
 * creation stacks begin above
 */

/**
 * @param {unknown} given
 * @returns {{ adapter: Adapter, pool: object } | null}
 */
function recognised(given) {
  if (typeof given !== 'object' || given === null) return null;
  for (const adapter of adapters) {
    try {
      const pool = adapter.poolOf(given);
      if (pool !== null) return { adapter, pool };
    } catch {
      // A getter of its own throws: it is none of this package's.
    }
  }
  return null;
}

/** @returns {Adapter | undefined} undefined for one that another version of leakline knows */
const adapterOf = (name) => adapters.find((adapter) => adapter.name === name);

const packages = adapters.map(({ name }) => name);

module.exports = { recognised, adapterOf, packages };
