'use strict';

/**
 * Handles: resources that the operating system or Node keeps open until they are closed. Where each was opened
 * is seen by what Node publishes, else by the function that opens it; that it was closed, by its public
 * state, else by the method that closes it. No listener is added to anything of the program's.
 */

const { noteOnce } = require('../../base/internal-errors.js');
const { createRegistrations } = require('./registrations.js');
const { createLoaded } = require('./loaded.js');
const { fromLast } = require('../../base/primordials.js');

const subjects = [
  ['file descriptors and file streams', require('./fds.js').install],
  ['FileHandle, Dir', require('./files.js').install],
  ['FSWatcher, StatWatcher', require('./watchers.js').install],
  ['sockets, servers, ChildProcess, Worker', require('./channels.js').install],
  ['MessageChannel', require('./ports.js').install],
  ['zlib streams', require('./zlib.js').install],
  ['interfaces of readline', require('./readline.js').install],
  ['iterators of events.on', require('./iterators.js').install],
  ['http agents', require('./agents.js').install],
  ['hooks of async_hooks', require('./async-hooks.js').install],
  ['object URLs', require('./object-urls.js').install],
  ['entries and observers of the performance timeline', require('./performance.js').install],
  ['Http2Session', require('./http2.js').install],
];

/**
 * @param {import('../context.js').Context} context
 * @returns {import('../context.js').Hook}
 */
function install(context) {
  const registrations = createRegistrations(context);
  const loaded = createLoaded(context);
  const undo = [];
  for (const [subject, installOne] of subjects) {
    try {
      undo.push(installOne(context, registrations, loaded).undo);
    } catch (error) {
      noteOnce(`not seen: handles (${subject})`, error);
    }
  }
  return {
    undo() {
      undone(loaded.undo);
      fromLast(undo, undone);
      undone(registrations.undo);
    },
  };
}

function undone(undo) {
  try {
    undo();
  } catch (error) {
    noteOnce('handles: a hook could not be taken out', error);
  }
}

module.exports = { install };
