'use strict';

/**
 * The registration of one timer, carried where Node keeps the timer's arguments: no field is added to the timer, whose
 * shape Node's own code is compiled for. That a one-shot timer fires is seen there too: Node reads the arguments' length
 * (of a Timeout) or iterates them (of an Immediate) at the moment it calls the callback, and at no other.
 */

const { Map, apply } = require('../../base/originals.js');
const { deref } = require('../../base/primordials.js');
const { pendingErrors, MAX_PENDING } = require('../../base/internal-errors.js');
const { createYoungTimers } = require('./young.js');

/** Bits of a field that number the arguments of a timer; its site is in the others. */
const COUNT_BITS = 12;
const MAX_COUNT = 2 ** COUNT_BITS - 1;

/** Bytes of the registration of a timer, as measured. */
const BYTES = 62;

const arrayIterator = Array.prototype[Symbol.iterator];

/** Iterates nothing; one for all immediates without arguments, which are most. */
const done = { done: true, value: undefined };
const nothing = { next: () => done };

/**
 * What one recording leaves on timers: what an earlier one has left is none of it. The fields are private, because a
 * timer's arguments are printed with it, and few, because every timer pays for them. It is one class for all kinds,
 * without a parent: V8 makes its instances where they are needed and finds their fields at once.
 */
function createTimerRegistrations(itsRing) {
  /** The ring; null once the recording is over. */
  let ring = itsRing;
  /** Timers by what they were coerced to. */
  const byId = new Map();
  /** Registrations that have not ended. */
  let live = 0;

  /** A timer's arguments, array-like and iterable. */
  class Life {
    /** 0 once it has ended; below 0 its place in the youngTimers. */
    #handle;
    /** The timer; null for an interval, which goes on when it fires. */
    #timer;
    /** How many arguments, and the site, in one number as every timer pays for a field; below 0 for a timer of more arguments. */
    #countAndSite;
    /** For few: what its timer was coerced to, and what is kept of it where it is a test's. */
    #more = null;

    constructor(handle, timer, given, site) {
      this.#handle = handle;
      this.#timer = timer;
      live++;
      const count = given === undefined ? 0 : take(given, this);
      this.#countAndSite = count > MAX_COUNT ? -count : (site << COUNT_BITS) | count;
    }

    /** Node asks for it when a Timeout fires. */
    get length() {
      const timer = this.#timer;
      // By then it has taken it out of its list; others may look at it before. An Immediate has no such callback.
      if (timer !== null && !timer._idleNext && timer._onTimeout) Life.#fire(this);
      return Life.#countOf(this);
    }

    /** Node spreads them when an Immediate runs. */
    [Symbol.iterator]() {
      const timer = this.#timer;
      // By then it has marked it; others may look at it before.
      if (timer !== null && timer._destroyed) Life.#fire(this);
      return Life.#countOf(this) === 0 ? nothing : apply(arrayIterator, this, []);
    }

    static #countOf(life) {
      const both = life.#countAndSite;
      return both < 0 ? -both : both & MAX_COUNT;
    }

    /** Where its timer was made; 0 when nobody knows. */
    static siteOf(life) {
      const both = life.#countAndSite;
      return both < 0 ? 0 : both >> COUNT_BITS;
    }

    /** Its timer fires. This runs inside of Node, which calls the callback next whatever happens here. */
    static #fire(life) {
      try {
        Life.end(life);
      } catch (error) {
        if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: "a timer's end was not recorded", error };
      }
    }

    /** @returns {Life | null} what a timer's arguments are, when they are of this recording */
    static in(given) {
      return typeof given === 'object' && given !== null && #handle in given ? given : null;
    }

    /** It has no stack: it is registered if it lives for long. */
    static enter(life, kind, delay) {
      life.#handle = youngTimers.enter(life, kind, delay);
    }

    static settle(life, handle) {
      life.#handle = handle;
    }

    static isLive(life) {
      return life !== null && life.#handle !== 0;
    }

    static revive(life, handle) {
      life.#handle = handle;
      life.#more = null;
      live++;
    }

    /** The same handle for who may find the timer gone, or its arguments. */
    static keep(life, timer) {
      const kept = { reference: new WeakRef(timer), life: new WeakRef(life), handle: life.#handle };
      life.#more = { id: life.#more?.id ?? null, kept };
      return kept;
    }

    /** It has ended unseen; it may be gone as well. */
    static endKept(kept) {
      const life = deref(kept.life);
      if (life !== undefined) Life.end(life);
      else {
        ring?.release(kept.handle);
        live--;
      }
      kept.handle = 0;
    }

    static setId(life, id, timer) {
      life.#more = { id, kept: life.#more?.kept ?? null };
      byId.set(id, timer);
    }

    static end(life) {
      const handle = life.#handle;
      const more = life.#more;
      if (handle !== 0) live--;
      life.#handle = 0;
      if (more !== null) {
        life.#more = null;
        if (more.kept !== null) more.kept.handle = 0;
        if (more.id !== null) byId.delete(more.id);
      }
      if (handle < 0) youngTimers?.leave(handle);
      else if (ring !== null && handle !== 0) ring.release(handle);
    }
  }
  let youngTimers = createYoungTimers(itsRing, Life.settle);

  return {
    Life,
    byId,

    /** Bytes of all that live. */
    bytes: () => live * BYTES,

    /** Registers what has lived for a while, or is asked for. */
    settleYoung: youngTimers.empty,

    /** Timers that go on must not keep the ring. */
    end() {
      ring = youngTimers = null;
      byId.clear();
    },
  };
}

/** Copies arguments to what stands for them. Returns how many. */
function take(given, to) {
  for (let i = 0; i < given.length; i++) to[i] = given[i];
  return given.length;
}

module.exports = { createTimerRegistrations };
