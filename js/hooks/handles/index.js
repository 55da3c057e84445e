'use strict';

/**
 * Handles: what the operating system or Node keeps open until somebody closes it. Where each was opened
 * is seen by what Node publishes, else by the function that opens it; that it was closed, by its public
 * state, else by the method that closes it. No listener is added to anything of the program's.
 */

const { noteOnce } = require('../../base/internal-errors.js');
const { createRegistrations } = require('./registrations.js');

const subjects = [
  ['file descriptors and file streams', require('./fds.js').install],
  ['FileHandle, Dir', require('./files.js').install],
  ['FSWatcher, StatWatcher', require('./watchers.js').install],
  ['sockets, servers, ChildProcess, Worker', require('./channels.js').install],
  ['MessageChannel', require('./ports.js').install],
];

/**
 * @param {import('../context.js').Context} context
 * @returns {import('../context.js').Hook}
 */
function install(context) {
  const lives = createRegistrations(context);
  const undo = [];
  for (const [subject, installOne] of subjects) {
    try {
      undo.push(installOne(context, lives).undo);
    } catch (error) {
      noteOnce(`not seen: handles (${subject})`, error);
    }
  }
  return {
    undo() {
      for (const each of [...undo.reverse(), lives.undo]) {
        try {
          each();
        } catch (error) {
          noteOnce('handles: a hook could not be taken out', error);
        }
      }
    },
  };
}

module.exports = { install };
