'use strict';

/** Streams of `node:zlib`. Each has memory of zlib's own until it is closed or collected. */

const { classNameOf } = require('../../base/names.js');
const { PrivateField } = require('./registrations.js');
const { createPatches, returning, closing } = require('./patches.js');
const { replaceConstructor } = require('./constructors.js');
const { forEach, keys } = require('../../base/primordials.js');

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 * @param {ReturnType<typeof import('./loaded.js').createLoaded>} loaded
 */
function install(context, registrations, loaded) {
  const patches = createPatches();
  const undo = [];

  function opened(stream, hook) {
    if (PrivateField.of(stream) !== null) return;
    const life = registrations.open(classNameOf(stream), hook);
    PrivateField.set(stream, life);
    registrations.watch(life, stream, isClosed, 'collect');
    // However it ends, this is called.
    patches.wrapMethod(stream, '_destroy', closing((closed) => PrivateField.of(closed)?.end()));
  }

  loaded.when('zlib', (zlib) => {
    forEach(keys(zlib), (key) => {
      const name = /^create([A-Z]\w*)$/.exec(key)?.[1];
      if (name === undefined || typeof zlib[key] !== 'function' || typeof zlib[name] !== 'function') return;
      patches.wrap(zlib, key, returning(opened));
      undo[undo.length] = replaceConstructor([[zlib, name]], opened);
    });
  });
  return {
    undo() {
      patches.undo();
      forEach(undo, (each) => each());
    },
  };
}

/** Node closes a stream that has ended by itself. */
function isClosed(stream) {
  return stream.destroyed === true || stream._handle === null;
}

module.exports = { install };
