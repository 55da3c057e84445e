'use strict';

/** A check, as far as it is the engine's: one at a time, two would each see the other's registrations. */

const { error } = require('../base/errors.js');

/** How a check records where nothing does yet: it looks at the heap by itself, so allocations are not sampled. */
const RECORDING = { mode: 'full', heap: false };

/**
 * A check begins: everything is recorded, for no test.
 * @param {import('./session.js').Session} session
 * @param {() => void} release the recording may stop again
 * @throws ERR_LEAKLINE_CHECKING
 */
function beginCheck(session, release) {
  const { windows } = session;
  session.watchOwners();
  const undo = [session.recordFully(), windows.beginCalls(), release];
  const own = {
    /** Whether it goes on; not when its watch has ended. */
    isCurrent: () => session.checking === own,
    context: session.context,
    /** Shows the objects behind handles, see `proof.js`. */
    show: (see) => session.showAll(see),
    /** Shows the owner of each handle. */
    showOwners: (see) => session.owners.eachHandle(see),
    /** Each call begins with it. */
    nextCall: windows.nextCall,
    /** The kinds that are recorded; null for all. */
    kinds: session.settings.kinds,
    /** The tests that were open when it began. */
    tests: windows.openTests(),
    /** Rejects the check with a reason. */
    reject: () => {},
    /** Ends before its time: whoever began it is over. */
    interrupt() {
      own.reject(error('ERR_LEAKLINE_CHECK_ENDED'));
      own.end();
    },
    end() {
      if (session.checking !== own) return;
      session.checking = null;
      undo.forEach((each) => each());
    },
  };
  session.checking = own;
  return own;
}

/**
 * The looks of another thread's check begin: everything is recorded.
 * @param {import('./session.js').Session} session
 * @param {() => void} release the recording may stop again
 */
function beginLooks(session, release) {
  const { windows } = session;
  session.watchOwners();
  const undo = [session.recordFully(), windows.beginCalls(), release];
  return {
    context: session.context,
    /** Each round is as a call: which of them makes something, nobody there knows. */
    nextRound: windows.nextCall,
    sweep: () => session.sweepIfAsked(),
    end: () => undo.splice(0).forEach((each) => each()),
  };
}

/** @throws ERR_LEAKLINE_CHECKING while another check runs */
function assertNoCheck(session) {
  if (session?.checking) throw error('ERR_LEAKLINE_CHECKING');
}

module.exports = { RECORDING, beginCheck, beginLooks, assertNoCheck };
