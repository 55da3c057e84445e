'use strict';

/** Interfaces of `node:readline`: each listens to its input until it is closed. */

const { ReadStream } = require('node:fs');
const { PrivateField } = require('./registrations.js');
const { createPatches, returning, closing } = require('./patches.js');

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 * @param {ReturnType<typeof import('./loaded.js').createLoaded>} loaded
 */
function install(context, registrations, loaded) {
  const patches = createPatches();

  function opened(reader, hook) {
    // One that reads a file is a part of that, which is a handle by itself.
    if (typeof reader !== 'object' || reader === null || PrivateField.of(reader) !== null || reader.input instanceof ReadStream) return;
    const life = registrations.open('readline.Interface', hook);
    PrivateField.set(reader, life);
    registrations.watch(life, reader, isClosed, 'collect');
    patches.wrapMethod(reader, 'close', closing((closed) => PrivateField.of(closed)?.end()));
  }

  for (const name of ['readline', 'readline/promises']) {
    loaded.when(name, (readline) => patches.wrap(readline, 'createInterface', returning(opened)));
  }
  return { undo: () => patches.undo() };
}

function isClosed(reader) {
  return reader.closed === true;
}

module.exports = { install };
