'use strict';

/** URLs of `URL.createObjectURL`: Node keeps the Blob of each until it is revoked. */

const { Map } = require('../../base/originals.js');
const { createPatches, returning, closing } = require('./patches.js');

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 */
function install(context, registrations) {
  const patches = createPatches();
  /** Lives by URL, as Node has them: a text of some 50 characters each. */
  const open = new Map();

  patches.wrap(URL, 'createObjectURL', returning((url, hook) => {
    open.set(url, registrations.open('object URL', hook));
  }));
  patches.wrap(URL, 'revokeObjectURL', closing((_, url) => {
    // What is no text has been read as one by then; it is not read twice.
    if (typeof url !== 'string') return;
    open.get(url)?.end();
    open.delete(url);
  }));

  return {
    undo() {
      patches.undo();
      open.clear();
    },
  };
}

module.exports = { install };
