'use strict';

/**
 * The engine of one isolate: starts, stops and reads its recording. However often the JavaScript is loaded in an isolate
 * there is one engine, which the addon keeps.
 */

const { error } = require('../base/errors.js');
const { allowedLeaks } = require('./allowed.js');
const { beginCheck, beginLooks, assertNoCheck } = require('./checks.js');
const { retainers } = require('./retainers.js');
const { Session, detach } = require('./session.js');
const { track } = require('./track.js');
const { beginWatch, endWatch } = require('./watches.js');

function createEngine(native) {
  /** The recording; null when there is none. @type {Session | null} */
  let session = null;
  /** How many need the recording to go on; a stop waits for them. */
  let holds = 0;
  let isStopWanted = false;

  function stop() {
    const ending = session;
    session = null;
    isStopWanted = false;
    ending?.end();
  }

  /** @returns {Session} */
  function needed(what) {
    if (session === null) throw error('ERR_LEAKLINE_NOT_STARTED', what);
    return session;
  }

  return {
    /**
     * @param {import('../base/options.js').Settings} settings complete and valid
     * @param {object} realm whose Map and Set are recorded; others are adopted
     * @param {number} [records] that the ring has room for
     * @throws ERR_LEAKLINE_CONFIG for a list of accepted leaks that is none
     */
    start(settings, realm, records) {
      const allow = allowedLeaks(native, settings);
      try {
        session = new Session(native, settings, allow, records);
        session.begin(realm);
      } catch (reason) {
        if (session === null) detach(native);
        stop();
        throw reason;
      }
    },

    /** Stops recording, as soon as nobody needs it. */
    stop() {
      if (holds === 0) stop();
      else isStopWanted = true;
    },

    /** The recording goes on until the returned function is called, whatever the program wants meanwhile. */
    retain() {
      holds++;
      return () => {
        holds--;
        if (holds === 0 && isStopWanted) stop();
      };
    },

    /** What it was started with; null when it is not. */
    get settings() {
      return session === null ? null : session.settings;
    },

    /** A start where recording goes on anyway: a stop that is still to come is not wanted any more. */
    resume(realm) {
      isStopWanted = false;
      this.adopt(realm);
    },

    /** Records what a realm has of its own, until it is gone or recording stops. */
    adopt(realm) {
      needed('adopt').adopt(realm);
    },

    /** See {@link beginWatch}. */
    watch(realm) {
      return beginWatch(needed('watch'), realm);
    },

    /** See {@link endWatch}. */
    unwatch() {
      if (session !== null) endWatch(session);
    },

    /** See {@link beginCheck}. It goes on whatever the program wants. */
    beginCheck() {
      assertNoCheck(session);
      return beginCheck(needed('check'), this.retain());
    },

    /** See {@link beginLooks}. */
    beginLooks() {
      return beginLooks(needed('check'), this.retain());
    },

    /** Whether tests are watched: then a start finds a recording that is not its own. */
    get isWatching() {
      return session !== null && session.isWatching;
    },

    /** Calls `changed` when the program has begun or ceased to listen to a signal, as far as listeners are recorded. */
    onSignalListener(changed) {
      needed('onSignalListener').onSignalListener(changed);
    },

    /** Calls `end` when recording stops. */
    onStop(end) {
      needed('onStop').onEnd(end);
    },

    /**
     * Brings what is recorded up to date, for whoever reads it next.
     * @param {string} what who asks
     * @param {{ gc?: boolean }} [how] whether to collect all garbage before
     */
    look(what, { gc = false, collected = undefined } = {}) {
      const current = needed(what);
      if (gc) current.collectAndSample(collected);
      else current.sampleAll();
      current.positions.flush();
      current.sendCost();
    },

    /** See {@link retainers}. Without a recording what leaks is not known. */
    retainers(options) {
      return retainers(native, session, options);
    },

    /** See {@link Session.recordFully}. */
    recordFully(what) {
      return needed(what).recordFully();
    },

    /** See {@link track}. */
    track(resource, what, hook) {
      return track(native, needed('track'), resource, what, hook);
    },
  };
}

/**
 * The engine that records in this isolate, whichever load of the JavaScript made it; when none
 * does, a new one.
 * @param {object} native the addon
 * @param {object | null} own what this load was given before
 */
function engineOf(native, own) {
  const kept = native.engine();
  if (kept !== null && kept.settings !== null) return kept;
  const engine = own ?? createEngine(native);
  if (engine !== kept) native.setEngine(engine);
  return engine;
}

module.exports = { engineOf };
