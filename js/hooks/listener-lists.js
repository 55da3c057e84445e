'use strict';

/**
 * What an emitter that is tracked carries: the handles of its listeners, by event, at the positions that the listeners have in `_events`. Most
 * have listeners of few events: up to eight are searched, more are looked up.
 */

const { Map } = require('../originals.js');

/** Events up to which a search is faster than a Map is made. */
const FEW = 8;

/** One event's. */
class List {
  handles = [];
  /** The most that there ever were. */
  peak = 0;

  constructor(type) {
    this.type = type;
  }
}

class Lists {
  /** @param {number} owner the emitter's index */
  constructor(owner) {
    this.owner = owner;
  }

  #few = [];
  /** All of them, as soon as they are more than few. */
  #byType = null;

  /** @returns {List | undefined} */
  get(type) {
    if (this.#byType !== null) return this.#byType.get(type);
    const few = this.#few;
    for (let i = 0; i < few.length; i++) if (few[i].type === type) return few[i];
    return undefined;
  }

  /** A list for an event that has none. */
  add(type) {
    const list = new List(type);
    if (this.#byType === null && this.#few.length === FEW) {
      this.#byType = new Map();
      for (const each of this.#few) this.#byType.set(each.type, each);
    }
    if (this.#byType !== null) this.#byType.set(type, list);
    else this.#few.push(list);
    return list;
  }

  delete(type) {
    if (this.#byType !== null) {
      this.#byType.delete(type);
      return;
    }
    const at = this.#few.findIndex((list) => list.type === type);
    if (at >= 0) this.#few.splice(at, 1);
  }

  /** @returns {List[]} as they are now; what is done meanwhile does not change them */
  all() {
    return this.#byType === null ? [...this.#few] : [...this.#byType.values()];
  }
}

module.exports = { Lists };
