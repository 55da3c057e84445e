'use strict';

/**
 * `watchPool()`. While leakline is off it remembers the pool, weakly, and says nothing, whatever it is given: a service
 * must not fail for it. A mistake becomes a note when recording begins. While leakline records, a mistake is an error.
 */

const { error } = require('../../base/errors.js');
const { handleOf } = require('../../base/handle.js');
const { checked } = require('../../base/options.js');
const { recognised, packages } = require('./adapters.js');
const { registry } = require('./registry.js');

/** Problems remembered while leakline is off. */
const MAX_PROBLEMS = 8;
/** Watches from which on those of pools that are gone are looked for, whenever they have doubled. */
const MANY = 64;

let enough = MANY;

function watchPool(pool, options) {
  const shared = registry();
  let watch;
  try {
    watch = watchOf(pool, options);
  } catch (reason) {
    if (shared.session !== null) throw reason;
    if (shared.problems.size < MAX_PROBLEMS) shared.problems.add(reason.message);
    return handleOf('unwatch', () => {});
  }
  const known = watch.pool.deref();
  // The latest call for a pool is the one that counts.
  if (shared.byPool.has(known)) unwatch(shared, shared.byPool.get(known));
  begin(shared, watch);
  shared.byPool.set(known, watch);
  shared.watches.add(watch);
  prune(shared.watches);
  return handleOf('unwatch', () => unwatch(shared, watch));
}

function watchOf(given, options) {
  const { maxHoldMs, label } = checked('pool', options);
  const found = recognised(given);
  if (found === null) throw error('ERR_LEAKLINE_POOL', inWords(given), `it has the shape of none of ${packages.join(', ')}`);
  return { pool: new WeakRef(found.pool), adapter: found.adapter.name, options: { maxHoldMs, label } };
}

function begin(shared, watch) {
  try {
    shared.session?.begin(watch);
  } catch (reason) {
    throw error('ERR_LEAKLINE_POOL', `a pool of ${watch.adapter}`, `its methods cannot be replaced (${reason.message})`);
  }
}

function unwatch(shared, watch) {
  if (!shared.watches.delete(watch)) return;
  shared.byPool.delete(watch.pool.deref());
  shared.session?.end(watch);
}

/** Without its fields: they may hold passwords. */
function inWords(given) {
  if (given === null || (typeof given !== 'object' && typeof given !== 'function')) return String(given).slice(0, 80);
  const what = typeof given === 'function' ? 'a function' : 'an object';
  try {
    return `${what} of class ${String(given.constructor.name).slice(0, 80)}`;
  } catch {
    return what;
  }
}

/** Pools come and go: those that are gone leave nothing. */
function prune(watches) {
  if (watches.size < enough) return;
  for (const watch of watches) if (watch.pool.deref() === undefined) watches.delete(watch);
  enough = Math.max(MANY, watches.size * 2);
}

module.exports = { watchPool };
