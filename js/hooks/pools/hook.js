'use strict';

/** Records the pools that are watched, while leakline records: those named before, those to come, and those of known packages. */

const { noteOnce } = require('../../base/internal-errors.js');
const { Map, Set } = require('../../base/originals.js');
const { deref } = require('../../base/primordials.js');
const { createCheckouts } = require('./checkouts.js');
const { findPools } = require('./packages.js');
const { replaceOwn } = require('./patch-instance.js');
const { registry } = require('./registry.js');

/**
 * @param {import('../context.js').Context} context
 * @returns {import('../context.js').Hook}
 */
function install(context) {
  const shared = registry();
  /** What is checked out of a pool, by its watch. */
  const byWatch = new Map();
  /** What puts a pool's methods back, by its watch. It reaches the pool, so it is held by the pool alone. */
  const undos = new WeakMap();
  /** Pools that somebody does not want watched any more. */
  const unwatched = new WeakSet();

  /** @throws when a method cannot be replaced; then none is */
  function begin(watch) {
    const pool = watch.pool.deref();
    // Most programs watch no pool, and each file that is loaded takes half a millisecond of the start.
    const adapter = require('./adapters.js').adapterOf(watch.adapter);
    if (pool === undefined || adapter === undefined || byWatch.has(watch)) return;
    const { maxHoldMs, label = adapter.label } = watch.options;
    const checkouts = createCheckouts(context, { maxHoldMs, label }, adapter.isOver);
    const undo = [];
    try {
      adapter.hook(pool, checkouts.recorder, (object, key, make) => undo.push(replaceOwn(object, key, make)));
    } catch (error) {
      undo.forEach((each) => each());
      throw error;
    }
    byWatch.set(watch, checkouts);
    undos.set(pool, undo);
  }

  function end(watch) {
    const checkouts = byWatch.get(watch);
    if (checkouts === undefined) return;
    byWatch.delete(watch);
    checkouts.end();
    const pool = watch.pool.deref();
    if (pool === undefined) return;
    undos.get(pool)?.forEach((each) => each());
    undos.delete(pool);
    unwatched.add(pool);
  }

  const look = () => byWatch.forEach((checkouts) => checkouts.look());
  context.onShow((see) => byWatch.forEach((checkouts) => checkouts.show(see)));
  context.onLook(look);
  context.beforeGc(look);
  context.onTick(() => {
    look();
    byWatch.forEach((checkouts, watch) => {
      if (watch.pool.deref() !== undefined) return;
      shared.watches.delete(watch);
      unnamed.delete(watch);
      // What it checked out may live on without it.
      if (checkouts.isEmpty()) byWatch.delete(watch);
    });
  });

  for (const watch of shared.watches) {
    try {
      begin(watch);
    } catch (error) {
      noteOnce(`not seen: a pool of ${watch.adapter}`, error);
    }
  }
  shared.problems.forEach((problem) => noteOnce(`not seen: ${problem}`));
  shared.session = { begin, end };

  /** A pool of a known package that nobody has named. Without a threshold: only who names it knows one. */
  function found(pool, name) {
    try {
      const adapter = require('./adapters.js').adapterOf(name);
      if (shared.byPool.has(pool) || unwatched.has(pool) || adapter.poolOf(pool) !== pool) return false;
      const watch = { pool: new WeakRef(pool), adapter: name, options: { maxHoldMs: 0, label: undefined } };
      begin(watch);
      shared.byPool.set(pool, watch);
      shared.watches.add(watch);
      unnamed.add(watch);
      return true;
    } catch (error) {
      noteOnce(`not seen: a pool of ${name}`, error);
      return false;
    }
  }

  const unnamed = new Set();
  const undoFinding = context.arePoolsWanted ? findPools(context, found) : () => {};
  return {
    undo() {
      undoFinding();
      unnamed.forEach((watch) => {
        shared.watches.delete(watch);
        shared.byPool.delete(deref(watch.pool));
      });
      shared.session = null;
      byWatch.forEach((_, checkouts) => end(checkouts));
    },
  };
}

module.exports = { install };
