'use strict';

/** The watch over tests, as far as it is the engine's. */

const { isClosed } = require('./closed.js');

/**
 * The times of tests, from now on.
 * @param {import('./session.js').Session} session
 * @param {object} realm the tests' global object
 */
function beginWatch(session, realm) {
  const { windows, owners } = session;
  session.watchOwners();
  session.promote(); // what was only counted is no test's
  session.isWatching = true;
  return {
    windows,
    /** Hooks again what fake timers have put back in the realm. */
    renew: () => session.renew(realm),
    /** The check under way; null when there is none. */
    check: () => session.checking,
    /** Forgives the listeners of what is closed: nothing is emitted there any more. */
    disownClosed: () => owners.each((owner, disown) => isClosed(owner) && disown()),
  };
}

/** The end of a watch, and of a check in it that never ends: its function does not settle. */
function endWatch(session) {
  session.isWatching = false;
  session.checking?.end();
  // Its end may have been waited for.
  if (!session.isOver) session.windows.forget();
}

module.exports = { beginWatch, endWatch };
