'use strict';

/** Sessions of `http2.connect()`. The socket of one is a part of it. */

const { apply } = require('../../base/originals.js');
const { endsWith } = require('../../base/primordials.js');
const { classNameOf } = require('../../base/names.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { heal } = require('../wrap.js');
const { PrivateField, quietly } = require('./registrations.js');
const { createPatches } = require('./patches.js');

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 * @param {ReturnType<typeof import('./loaded.js').createLoaded>} loaded
 */
function install(context, registrations, loaded) {
  const patches = createPatches();

  function opened(session, hook) {
    if (typeof session !== 'object' || session === null || PrivateField.of(session) !== null) return;
    const name = classNameOf(session);
    const life = registrations.open(endsWith(name, 'Http2Session') ? name : 'Http2Session', hook);
    PrivateField.set(session, life);
    registrations.watch(life, session, isClosed, 'collect');
  }

  loaded.when('http2', (http2) => patches.wrap(http2, 'connect', (patch) => function connect() {
    let session;
    try {
      session = registrations.covered(() => apply(patch.original, this, arguments));
    } catch (error) {
      throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
    }
    if (patch.active) quietly('a handle was not recorded', () => opened(session, patch.wrapper));
    else heal(patch);
    return session;
  }));
  return { undo: () => patches.undo() };
}

/** Also one that only waits for its last streams. */
function isClosed(session) {
  return session.destroyed === true || session.closed === true;
}

module.exports = { install };
