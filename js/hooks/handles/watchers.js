'use strict';

/** Watchers of files: `fs.watch` and `fs.watchFile`. */

const fs = require('node:fs');
const { apply } = require('../../base/originals.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { heal } = require('../wrap.js');
const { PrivateField, quietly } = require('./registrations.js');
const { createPatches, closing } = require('./patches.js');

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 */
function install(context, registrations) {
  const patches = createPatches();
  /** How many calls are under way: one that watches recursively watches each file by another. */
  let depth = 0;

  const watching = (label, method) => (patch) => function watch() {
    let watcher;
    depth++;
    try {
      watcher = apply(patch.original, this, arguments);
    } catch (error) {
      throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
    } finally {
      depth--;
    }
    if (!patch.active) heal(patch);
    else if (depth === 0) quietly('a handle was not recorded', () => opened(watcher, label, method, patch.wrapper));
    return watcher;
  };

  function opened(watcher, label, method, hook) {
    // All who watch one file by `fs.watchFile` share a watcher.
    if (typeof watcher !== 'object' || watcher === null || PrivateField.of(watcher) !== null) return;
    const life = registrations.open(label, hook);
    PrivateField.set(watcher, life);
    registrations.watch(life, watcher, isStopped, 'release');
    // The classes are not exported: they are met by their first instances.
    patches.wrapMethod(watcher, method, closing((closed) => {
      if (!closed._handle) PrivateField.of(closed)?.end();
    }));
  }

  patches.wrap(fs, 'watch', watching('FSWatcher', 'close'));
  patches.wrap(fs, 'watchFile', watching('StatWatcher', 'stop'));
  return { undo: () => patches.undo() };
}

/** Also after an error, which closes it without a call. One that watches recursively may have no such field. */
function isStopped(watcher) {
  return watcher._handle === null;
}

module.exports = { install };
