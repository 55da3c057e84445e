'use strict';

/**
 * Pools that nobody has named: the packages whose pools are known are looked for among the modules that are loaded, also
 * those that ES modules import, and the class of one is hooked. A pool is watched from the first time that it is asked for
 * something. Nothing of a package is loaded, and no file of an adapter while no such package is.
 */

const { createRequire } = require('node:module');
const { noteOnce } = require('../../base/internal-errors.js');
const { Set, apply } = require('../../base/originals.js');
const { fromLast } = require('../../base/primordials.js');
const { wrap, heal } = require('../wrap.js');

const { getOwnPropertyDescriptor, keys } = Object;

/** The file that makes the class, its name there (none for what is all of the exports), and the method that asks a pool for something. */
const PACKAGES = [
  { adapter: 'pg', file: /[\\/]pg-pool[\\/]index\.js$/, name: null, asks: 'connect' },
  { adapter: 'tarn', file: /[\\/]dist[\\/]Pool\.js$/, name: 'Pool', asks: 'acquire' },
  { adapter: 'generic-pool', file: /[\\/]lib[\\/]Pool\.js$/, name: null, asks: 'acquire' },
  { adapter: 'mysql2', file: /[\\/]lib[\\/](?:base[\\/])?pool\.js$/, name: null, asks: 'getConnection' },
  { adapter: 'ioredis', file: /[\\/]built[\\/](?:Redis|redis[\\/]index)\.js$/, name: 'default', asks: 'duplicate' },
];
/** Ticks in which modules are looked at each time: a program loads most in its first ten seconds. */
const FIRST_TICKS = 40;
/** From then on in each so many. */
const EACH_TICKS = 4;

/**
 * @param {import('../context.js').Context} context
 * @param {(pool: object, adapter: string) => boolean} found a pool is asked for something for the first time; whether it is
 * watched from now on
 * @returns {() => void} puts everything back
 */
function findPools(context, found) {
  const { cache } = createRequire(__filename);
  const patches = [];
  const seen = new Set();
  let loaded = 0;
  let ticks = 0;

  function look() {
    const files = keys(cache);
    if (files.length === loaded) return;
    loaded = files.length;
    for (const file of files) {
      for (const known of PACKAGES) if (known.file.test(file) && !seen.has(file)) hookClass(file, known);
    }
  }

  function hookClass(file, { adapter, name, asks }) {
    const module = getOwnPropertyDescriptor(cache, file)?.value;
    // One that is still being loaded has no class yet.
    if (module?.loaded !== true) return void (loaded = 0);
    seen.add(file);
    const exported = getOwnPropertyDescriptor(module, 'exports')?.value;
    const maker = name === null ? exported : getOwnPropertyDescriptor(exported ?? {}, name)?.value;
    const prototype = typeof maker === 'function' ? getOwnPropertyDescriptor(maker, 'prototype')?.value : undefined;
    if (typeof getOwnPropertyDescriptor(prototype ?? {}, asks)?.value !== 'function') return;
    try {
      patches.push(wrap([prototype], [asks], (patch) => hookAsking(patch, adapter, asks)));
    } catch (error) {
      noteOnce(`not seen: pools of ${adapter}`, error);
    }
  }

  function hookAsking(patch, adapter, asks) {
    const known = new WeakSet();
    return function ask() {
      if (!patch.active) heal(patch);
      else if (!known.has(this)) {
        known.add(this);
        // Where a class of the program's overrides the method, it is on its way already.
        const isDirect = this[asks] === patch.wrapper;
        if (found(this, adapter) && isDirect) return apply(this[asks], this, arguments);
      }
      return apply(patch.original, this, arguments);
    };
  }

  look();
  context.onLook(look);
  context.onTick(() => {
    ticks++;
    if (ticks < FIRST_TICKS || ticks % EACH_TICKS === 0) look();
  });
  return () => fromLast(patches, (patch) => patch.undo());
}

module.exports = { findPools };
