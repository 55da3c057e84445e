'use strict';

/**
 * What is known of timers, and what is written of one: when it is made, cleared, has fired. A registration lies where Node keeps
 * its timer's arguments; its site and weight are chosen by `register.js`. Beside this file others write records:
 * `registration.js` (its end: cleared or fired), `young.js` (timers that lived for a moment) and `promises.js` (timers/promises).
 */

const timers = require('node:timers');
const { pendingErrors, MAX_PENDING } = require('../../base/internal-errors.js');
const { ownList } = require('../../base/own-lists.js');
const { createTimerCallbacks } = require('./callbacks.js');
const { createTimerRegistrations } = require('./registration.js');
const { timerRegistrar } = require('./register.js');
const { deref, drain, forEach } = require('../../base/primordials.js');

const { getPrototypeOf } = Object;
const originalSetTimeout = timers.setTimeout;
const originalSetImmediate = timers.setImmediate;

/**
 * Node's classes are not exported, but their instances know them. These are ours with the same prototypes: V8 recognises them faster
 * that a timer is an instance than what its prototype is, and nobody else can say what an instance of ours is. They are the
 * same in each recording, for which V8 compiles what asks.
 */
let Timeout = null;
let Immediate = null;

/** @param {import('../context.js').Context} context */
function createTimerRecords(context) {
  if (Immediate === null) learnClasses();
  const { ring, kinds, windows } = context;
  const { siteOf, weigh } = timerRegistrar(context);
  const registrations = createTimerRegistrations(ring);
  const { Life, byId } = registrations;
  const callbacks = createTimerCallbacks();
  /** Timers of tests, and of the calls of a check: fake timers may put back functions of Node that were there before ours. */
  const ofTests = ownList([]);
  let enough = 1_000;

  /** What is known of a timer of this recording; null for another, and for what is none. */
  function lifeOf(timer) {
    if (typeof timer !== 'object' || timer === null) return null;
    if (timer instanceof Timeout) return Life.in(timer._timerArgs);
    return timer instanceof Immediate ? Life.in(timer._argv) : null;
  }

  /**
   * A timer has been made.
   * @param {Function} hook the function that was called for it
   * @param {string} subject that function's name
   */
  function record(timer, kind, hook, subject) {
    const isImmediate = kind === kinds.immediate;
    // Another patcher may return what it likes, or call a function that we patched as well.
    if (!(isImmediate ? timer instanceof Immediate : timer instanceof Timeout) || !isFieldHost(timer)) return;
    const given = isImmediate ? timer._argv : timer._timerArgs;
    if (given !== undefined && Life.isLive(Life.in(given))) return;
    if (isImmediate && typeof timer._onImmediate !== 'function') return;
    const delay = isImmediate ? 0 : timer._idleTimeout;
    const weight = weigh(kind, delay);
    const isUnrecorded = weight < 0 && context.mayPass();
    const site = weight < 0 ? 0 : siteOf(kind, hook, subject, delay);
    if (!isImmediate) callbacks.made(site, timer);
    const handle = isUnrecorded ? 0 : ring.register(kind, site, weight < 0 ? 0 : weight, 0, delay);
    const life = new Life(handle, kind === kinds.interval ? null : timer, given, site);
    if (isImmediate) timer._argv = life;
    else timer._timerArgs = life;
    if (isUnrecorded) return Life.enter(life, kind, delay);
    if (windows.current === 0 || !Life.isLive(life)) return;
    ofTests[ofTests.length] = Life.keep(life, timer);
    if (ofTests.length > enough) endCleared();
  }

  /** What may be cleared now, looked up before it is: from Node 24 on its arguments are gone then. */
  function liveOf(timer) {
    try {
      const life = lifeOf(timer);
      return Life.isLive(life) ? life : null;
    } catch (error) {
      if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: "a timer's end was not recorded", error };
      return null;
    }
  }

  /** What may have been cleared: a registration ends when Node has taken the callback away, for it knows what clears what. */
  function endIfCleared(timer, life) {
    try {
      if (isOver(timer)) Life.end(life);
    } catch (error) {
      if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: "a timer's end was not recorded", error };
    }
  }

  /** Ends the tests' timers that were cleared behind our back: Node lets go of a timer when it is over. */
  function endCleared() {
    const all = drain(ofTests);
    for (let i = 0; i < all.length; i++) {
      const kept = all[i];
      const timer = deref(kept.reference);
      if (kept.handle !== 0 && (timer === undefined || isOver(timer))) Life.endKept(kept);
      if (kept.handle !== 0) ofTests[ofTests.length] = kept;
    }
    enough = ofTests.length * 2 + 1_000;
  }

  /** A timer that fired has been revived. Who made it is to be named, not who revives it. */
  function revived(timer) {
    const life = lifeOf(timer);
    // A cleared timer stays dead: Node has taken its callback away.
    if (life !== null && !Life.isLive(life) && timer._onTimeout && !timer._destroyed) {
      Life.revive(life, ring.register(kinds.timeout, Life.siteOf(life), 0, 0, timer._idleTimeout));
    }
  }

  /** Node holds a timer by this number as well, until it ends. */
  function named(timer, id) {
    const life = lifeOf(timer);
    if (Life.isLive(life)) Life.setId(life, id, timer);
  }

  /** By its number a timer must be looked up before it is gone. */
  const clearedBy = (given) => (typeof given === 'number' || typeof given === 'string' ? byId.get(String(given)) : given);

  context.holds(() => registrations.bytes() + callbacks.bytes());
  context.onShow(callbacks.show);
  context.onLook(endCleared);
  context.onShow((see) => {
    forEach(ofTests, ({ handle, reference }) => handle !== 0 && see(handle, deref(reference)));
  });
  context.onLook(registrations.settleYoung);
  context.onTick(registrations.settleYoung);
  return {
    record,
    clearedBy,
    liveOf,
    endIfCleared,
    revived,
    named,
    timeoutPrototype: Timeout.prototype,
    immediatePrototype: Immediate.prototype,

    /** Timers that go on are no more of it. */
    end() {
      registrations.settleYoung();
      registrations.end();
      ofTests.length = 0;
    },
  };
}

/** Whether it is a timer that was just made, and nothing that inherits from one: by the list that it is in, or else by its class. */
function isFieldHost(timer) {
  if (timer._idlePrev?._idleNext === timer) return true;
  const prototype = getPrototypeOf(timer);
  return prototype === Timeout.prototype || prototype === Immediate.prototype;
}

/** Node knows what clears what: it takes the callback away. */
function isOver(timer) {
  return (timer._onTimeout ?? timer._onImmediate ?? null) === null;
}

function learnClasses() {
  const timeout = originalSetTimeout(() => {}, 0);
  const immediate = originalSetImmediate(() => {});
  timers.clearTimeout(timeout);
  timers.clearImmediate(immediate);
  Timeout = classLike(timeout);
  Immediate = classLike(immediate);
}

function classLike(instance) {
  function Class() {}
  Class.prototype = getPrototypeOf(instance);
  return Class;
}

module.exports = { createTimerRecords };
