'use strict';

/** Watchers of files: `fs.watch` and `fs.watchFile`. */

const fs = require('node:fs');
const { Stamp } = require('./lives.js');
const { createPatches, returning, closing } = require('./patches.js');

/**
 * @param {import('../../engine.js').Context} context
 * @param {ReturnType<typeof import('./lives.js').createLives>} lives
 */
function install(context, lives) {
  const patches = createPatches();

  /** The classes are not exported: they are met by their first instances. */
  const watching = (label, method) => returning((watcher, hook) => {
    // All who watch one file by `fs.watchFile` share a watcher.
    if (typeof watcher !== 'object' || watcher === null || Stamp.of(watcher) !== null) return;
    const life = lives.open(label, hook);
    Stamp.set(watcher, life);
    lives.watch(life, watcher, isStopped, 'release');
    patches.wrapMethod(watcher, method, closing((closed) => {
      if (!closed._handle) Stamp.of(closed)?.end();
    }));
  });

  patches.wrap(fs, 'watch', watching('FSWatcher', 'close'));
  patches.wrap(fs, 'watchFile', watching('StatWatcher', 'stop'));
  return { undo: () => patches.undo() };
}

/** Also after an error, which closes it without a call. One that watches recursively may have no such field. */
function isStopped(watcher) {
  return watcher._handle === null;
}

module.exports = { install };
