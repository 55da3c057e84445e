'use strict';

/**
 * The registration of one timer, carried where Node keeps the timer's arguments: no field is added to the timer, whose
 * shape Node's own code is compiled for. That a one-shot timer fires is seen there too: Node reads the arguments' length
 * (of a Timeout) or iterates them (of an Immediate) at the moment it calls the callback, and at no other.
 */

const { apply } = require('../originals.js');
const { unsaid, MAX_UNSAID } = require('../faults.js');

const arrayIterator = Array.prototype[Symbol.iterator];

/**
 * @typedef {object} Session one recording
 * @property {ReturnType<typeof import('../ring.js').createRing> | null} ring null once it is over
 * @property {Map<string, object>} byId timers by what they were coerced to
 */

/** Private fields only: a timer's arguments are printed with it. */
class Life {
  #session;
  #handle;
  /** What its timer was coerced to; null when it was not. */
  #id = null;
  /** What is kept of it where it is a test's. */
  #kept = null;

  /**
   * @param {Session} session
   * @param {number} handle
   */
  constructor(session, handle) {
    this.#session = session;
    this.#handle = handle;
  }

  /** @returns {Life | null} what a timer's arguments are, when they are of this recording */
  static in(given, session) {
    return typeof given === 'object' && given !== null && #handle in given && given.#session === session ? given : null;
  }

  static isLive(life) {
    return life !== null && life.#handle !== 0;
  }

  static revive(life, handle) {
    life.#handle = handle;
    life.#kept = null;
  }

  /** The same handle for who may find the timer gone. */
  static keep(life, timer) {
    life.#kept = { reference: new WeakRef(timer), handle: life.#handle };
    return life.#kept;
  }

  static setId(life, id, timer) {
    life.#id = id;
    life.#session.byId.set(id, timer);
  }

  /** Its timer fires. This runs inside of Node, which calls the callback next whatever happens here. */
  static fire(life) {
    try {
      Life.end(life);
    } catch (error) {
      if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: "a timer's end was not recorded", error };
    }
  }

  static end(life) {
    const { ring, byId } = life.#session;
    const handle = life.#handle;
    life.#handle = 0;
    if (life.#kept !== null) life.#kept.handle = 0;
    if (ring === null || handle === 0) return;
    ring.release(handle);
    if (life.#id !== null) byId.delete(life.#id);
    life.#id = null;
  }
}

/** An interval's arguments, array-like: it goes on when it fires. */
class IntervalArguments extends Life {
  #count = 0;

  constructor(session, handle, given) {
    super(session, handle);
    if (given === undefined) return;
    for (let i = 0; i < given.length; i++) this[i] = given[i];
    this.#count = given.length;
  }

  get length() {
    return this.#count;
  }
}

/** A Timeout's arguments, array-like: Node asks for their length when it fires. */
class TimeoutArguments extends Life {
  #timer;
  #count = 0;

  constructor(session, handle, given, timer) {
    super(session, handle);
    this.#timer = timer;
    if (given === undefined) return;
    for (let i = 0; i < given.length; i++) this[i] = given[i];
    this.#count = given.length;
  }

  get length() {
    // When it fires Node has taken it out of its list; others may look at it before.
    if (!this.#timer._idleNext) Life.fire(this);
    return this.#count;
  }
}

/** Iterates nothing; one for all immediates without arguments, which are most. */
const done = { done: true, value: undefined };
const nothing = { next: () => done };

/** An Immediate's arguments, iterable: Node spreads them when it runs. */
class ImmediateArguments extends Life {
  #given;

  constructor(session, handle, given) {
    super(session, handle);
    this.#given = given;
  }

  [Symbol.iterator]() {
    Life.fire(this);
    return this.#given === undefined ? nothing : apply(arrayIterator, this.#given, []);
  }
}

module.exports = { Life, IntervalArguments, TimeoutArguments, ImmediateArguments };
