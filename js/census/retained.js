'use strict';

/**
 * The collections that a census found, held weakly: whether all of them are still there, where they were and with what they
 * had. To ask each is a small part of what another census costs, which walks the whole heap.
 */

const { Map } = require('../base/originals.js');
const { sizeOf } = require('./entries.js');

const { getOwnPropertyDescriptor } = Object;

/** Collections known; where there are more, a census must say it. */
const MAX_KNOWN = 50_000;

function createRetained() {
  /** By place; null where there were too many. */
  let known = new Map();
  let count = 0;

  return {
    /** Forgets those of the census before. */
    clear() {
      known = new Map();
      count = 0;
    },

    /**
     * @param {string} name of the place
     * @param {{ kind: string, object: object, holder?: object, property?: string }[]} members its collections
     */
    add(name, members) {
      if (known === null || known.has(name)) return;
      count += members.length;
      if (count > MAX_KNOWN) known = null;
      else known.set(name, members.map(weakly));
    },

    /** Whether nothing has gone, after a garbage collection: then another census finds the same. */
    isUnchanged() {
      if (known === null) return false;
      for (const members of known.values()) if (!members.every(isUnchanged)) return false;
      return true;
    },
  };
}

function weakly({ kind, object, holder, property }) {
  const size = sizeOf(kind, object);
  return { kind, size, property, object: new WeakRef(object), holder: holder === undefined ? null : new WeakRef(holder) };
}

function isUnchanged({ kind, size, property, object, holder }) {
  const now = object.deref();
  if (now === undefined || sizeOf(kind, now) < size) return false;
  if (holder === null) return true;
  const by = holder.deref();
  return by !== undefined && getOwnPropertyDescriptor(by, property)?.value === now;
}

module.exports = { createRetained };
