'use strict';

/**
 * What an emitter that is tracked carries: the handles of its listeners, by event, at the positions that the listeners have in `_events`. Most
 * have listeners of few events: up to eight are searched, more are looked up. Events stay when their last listener
 * leaves, unless there are many: a socket gets and loses the same ones with each request, and should make nothing new for that.
 */

const { Map } = require('../../base/originals.js');
const { max } = require('../../base/primordials.js');
const { isLong } = require('../../base/cut.js');
const { BALANCED } = require('./balanced.js');

/** Events up to which a search is faster than a Map is made. */
const FEW = 8;
/** Events up to which those without listeners are kept as well. */
const KEPT = 32;
/** In place of an event's name: no program has it. */
const NONE = Symbol('no event');

/** One event's. */
class List {
  /** @param {number} handle its first */
  constructor(type, handle) {
    this.type = type;
    this.handles = [handle];
    /** The most that there ever were. */
    this.peak = 1;
    /** How many have left since then, or since the event was found not to be even; and how many it takes to be even. */
    this.left = 0;
    // What is only counted is known by its event's name, which nobody may hold if it is long.
    this.limit = isLong(type) ? Infinity : BALANCED;
    /** Whether it has one that was only counted, behind those that are recorded. */
    this.isUnrecorded = false;
    /** The handle of the last one that was only counted and then recorded after all; 0 when that has left. */
    this.takenIn = 0;
    /** The emitter's next one, while they are few. @type {List | null} */
    this.next = null;
  }

  /** Whether what comes and goes here is only counted, see `balanced.js`. */
  get isBalanced() {
    return this.left >= this.limit;
  }

  /** Whether a listener may be only counted that makes so many: one at a time, and none that makes more than ever. */
  isAsEver(count) {
    return count === this.handles.length + 1 && count <= this.peak;
  }

  /** The one that was only counted is recorded after all: it may be a leak, and then it was the last without a line for long. */
  promote(handle) {
    this.isUnrecorded = false;
    this.takenIn = handle;
    this.left = 0;
    this.limit *= 2;
  }

  /** There are more than ever. */
  grow(count) {
    this.peak = count;
    this.left = 0;
  }

  /** One that is recorded has left. Returns whether the event is even from now on. */
  leave(handle) {
    if (handle === this.takenIn && handle !== 0) {
      this.takenIn = 0;
      this.limit = max(BALANCED, this.limit / 2);
    }
    return this.left < this.limit && ++this.left === this.limit;
  }
}

/**
 * An emitter's lists. What is only counted again and again is known here, beside its list: in a service with many sockets each
 * object that has to be looked at is one that the processor has to fetch from afar, and to follow six of them took 0.5 µs a request.
 */
class Lists {
  /** The event that was only counted last, while nothing else has asked for its list. */
  #event = NONE;
  /** How many of its listeners are recorded; whether there is one more that is only counted: its list does not know. */
  #recorded = 0;
  #isUnrecorded = false;
  #list = null;
  /** The first of few, which form a chain: an array would be a third object of most emitters. @type {List | null} */
  #first = null;
  /** All of them, as soon as they are more than few. */
  #byType = null;

  /**
   * @param {number} owner the emitter's index
   * @param {number} since when it was seen for the first time, on the collector's clock
   */
  constructor(owner, since) {
    this.owner = owner;
    this.since = since;
    /** Of the emitter; null until it is asked for. */
    this.className = null;
  }

  /** A listener of an even event is only counted, see `balanced.js`. */
  pass(list) {
    this.#settle();
    this.#event = list.type;
    this.#recorded = list.handles.length;
    this.#isUnrecorded = true;
    this.#list = list;
  }

  /** A listener has been added behind the others. Returns whether it is only counted as the last one was. */
  passes(type, count) {
    if (this.#event !== type || count !== this.#recorded + 1) return false;
    this.#isUnrecorded = true;
    return true;
  }

  /** Whether the one of so many that is only counted may be about to leave: it is the last one. */
  hasUnrecorded(type, count) {
    return this.#isUnrecorded && this.#event === type && count === this.#recorded + 1;
  }

  /** It leaves. */
  leave() {
    this.#isUnrecorded = false;
  }

  /** Its list is asked for: this record drops what it knew of it. */
  #settle() {
    if (this.#list === null) return;
    this.#list.isUnrecorded = this.#isUnrecorded;
    this.#event = NONE;
    this.#isUnrecorded = false;
    this.#list = null;
  }

  /** @returns {List | undefined} */
  get(type) {
    if (this.#event === type) this.#settle();
    if (this.#byType !== null) return this.#byType.get(type);
    for (let list = this.#first; list !== null; list = list.next) if (list.type === type) return list;
    return undefined;
  }

  /** A list for an event that has none, with its first handle. */
  add(type, handle) {
    const list = new List(type, handle);
    if (this.#byType !== null) this.#byType.set(type, list);
    else this.#append(list);
    return list;
  }

  #append(list) {
    let last = this.#first;
    if (last === null) {
      this.#first = list;
      return;
    }
    let count = 1;
    for (; last.next !== null; last = last.next) count++;
    last.next = list;
    if (count === FEW) this.#indexAll();
  }

  /** They are more than few. */
  #indexAll() {
    const byType = new Map();
    const chain = this.#chain();
    for (let i = 0; i < chain.length; i++) {
      const each = chain[i];
      byType.set(each.type, each);
      each.next = null;
    }
    this.#byType = byType;
    this.#first = null;
  }

  #chain() {
    const lists = [];
    for (let list = this.#first; list !== null; list = list.next) lists[lists.length] = list;
    return lists;
  }

  /** An event's list is empty. Returns whether it is not kept. */
  emptied(type) {
    if (isLong(type)) return this.#forget(type);
    return this.#byType !== null && this.#byType.size > KEPT && this.#byType.delete(type);
  }

  #forget(type) {
    if (this.#byType !== null) return this.#byType.delete(type);
    let before = null;
    for (let list = this.#first; list !== null; before = list, list = list.next) {
      if (list.type !== type) continue;
      if (before === null) this.#first = list.next;
      else before.next = list.next;
      return true;
    }
    return false;
  }

  /** @returns {List[]} as they are now; what is done meanwhile does not change them */
  all() {
    this.#settle();
    if (this.#byType === null) return this.#chain();
    const lists = [];
    this.#byType.forEach((list) => {
      lists[lists.length] = list;
    });
    return lists;
  }

  /** Their events, as they are now. */
  types() {
    const types = this.all();
    for (let i = 0; i < types.length; i++) types[i] = types[i].type;
    return types;
  }
}

module.exports = { Lists };
