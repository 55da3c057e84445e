'use strict';

/**
 * Who fills a collection. One that grows gets wrappers of its own in front of the methods that put
 * entries in: own properties of that instance, which nobody else pays for, taken off when it stops
 * growing. Each compares the size before and after, so that replacing an entry is none; what left
 * meanwhile shows in the size as well, and `delete` and `clear` are left alone.
 */

const { types } = require('node:util');
const { NativeMap, NativeSet, Set, apply } = require('../../base/originals.js');
const { deref, drain, forEach, keys, some, uncurried } = require('../../base/primordials.js');
const { noteOnce, pendingErrors, MAX_PENDING } = require('../../base/internal-errors.js');
const { FieldHost } = require('../private-field.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { copyProperties } = require('../wrap.js');

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, hasOwn, isExtensible } = Object;
const { deleteProperty } = Reflect;

/** Instances watched at once. */
const MAX_WATCHED = 256;
/** A full table makes room for a collection this many times as large as its smallest. */
const MUCH_LARGER = 2;
/**
 * Insertions into one instance that get a stack whatever else goes on, in each 250 ms: a Map that
 * grows slowly is not lost beside one that grows fast. All 256 of them take 0.4 % of a core in
 * adaptive mode.
 */
const FIRST_IN_ADAPTIVE = 1;
const FIRST_IN_FULL = 16;

const sizeOfMap = uncurried(getOwnPropertyDescriptor(NativeMap.prototype, 'size').get);
const sizeOfSet = uncurried(getOwnPropertyDescriptor(NativeSet.prototype, 'size').get);

/** By kind: whether it is one, how many entries it has, and what puts entries in. */
const shapes = {
  map: { is: types.isMap, sizeOf: (map) => sizeOfMap(map), keys: ['set', 'getOrInsert', 'getOrInsertComputed'] },
  set: { is: types.isSet, sizeOf: (set) => sizeOfSet(set), keys: ['add'] },
  array: { is: Array.isArray, sizeOf: (array) => array.length, keys: ['push', 'unshift', 'splice'] },
};

/** A watched instance's record; null once it is watched no more. */
class PrivateField extends FieldHost {
  #record;

  constructor(object) {
    super(object);
  }

  static get(value) {
    return typeof value === 'object' && value !== null && #record in value ? value.#record : null;
  }

  static set(instance, record) {
    if (#record in instance) instance.#record = record;
    else new PrivateField(instance).#record = record;
  }
}

/** Distinguishes our wrappers from other functions. */
class Ours extends FieldHost {
  #isOurs = true;

  constructor(object) {
    super(object);
  }

  static has(value) {
    return typeof value === 'function' && #isOurs in value;
  }
}

/** What is known of one watched instance. It is kept, and reaches neither the instance nor its class. */
class Record {
  constructor(instance, kind, handle, size) {
    this.ref = new WeakRef(instance);
    this.kind = kind;
    this.handle = handle;
    /** Entries when they were last counted. */
    this.size = size;
    /** Insertions with a stack since the last flush. */
    this.stacks = 0;
    /** The last stack, and the entries that it stands for, not sent yet. */
    this.site = 0;
    this.entries = 0;
    /** Entries that came another way, and entries that left, not sent yet. */
    this.unseen = 0;
    this.left = 0;
    this.isUnsent = false;
  }
}

/**
 * One for each context.
 * @param {import('../context.js').Context} context
 */
function createInserters(context) {
  return (context.inserters ??= create(context));
}

function create(context) {
  const { ring } = context;
  const numbers = context.native.layout();
  /** By the kind's number. */
  const shapeOf = [];
  forEach(keys(shapes), (name) => {
    shapeOf[numbers[name]] = shapes[name];
  });
  const watched = new Set();
  const unsent = [];
  /** By prototype and kind: instances with the same methods share their wrappers. */
  const wrappersOf = shapeOf.map(() => new WeakMap());
  /** Entries below which nothing is watched any more: there is no room. */
  let floor = 0;

  /**
   * What instances with this prototype get; null when they cannot be watched. The wrappers call what
   * the prototype has at the time of the call.
   */
  function wrappersFor(home, kind) {
    let wrappers = wrappersOf[kind].get(home);
    if (wrappers !== undefined) return wrappers;
    wrappers = [];
    const { keys } = shapeOf[kind];
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const method = methodOf(home, key);
      if (method === null) return null;
      if (method !== undefined) wrappers[wrappers.length] = { key, wrapper: wrapperOf(home, key, method, kind) };
    }
    wrappersOf[kind].set(home, wrappers);
    return wrappers;
  }

  function wrapperOf(home, key, original, kind) {
    const { sizeOf } = shapeOf[kind];
    const { method: wrapper } = {
      method() {
        const record = PrivateField.get(this);
        if (record === null || record.kind !== kind) return apply(home[key], this, arguments);
        if (getPrototypeOf(this) !== home && getOwnPropertyDescriptor(this, key)?.value === wrapper) {
          // It was given another prototype, so its methods are others. What grows will be seen again.
          end(record, this);
          return apply(this[key], this, arguments);
        }
        const before = sizeOf(this);
        if (before !== record.size) counted(record, before);
        let result;
        try {
          result = apply(home[key], this, arguments);
        } catch (error) {
          throw withoutOurs(error, wrapper); // node-do-not-add-exception-line
        }
        const after = sizeOf(this);
        if (after !== record.size) inserted(record, after, wrapper);
        return result;
      },
    };
    copyProperties(original, wrapper);
    new Ours(wrapper);
    return wrapper;
  }

  /** Entries that came by no wrapper, or left. */
  function counted(record, size) {
    if (size > record.size) record.unseen += size - record.size;
    else record.left += record.size - size;
    record.size = size;
    enqueue(record);
  }

  /** A wrapper's call has put entries in. It may have called others, which have counted theirs. */
  function inserted(record, size, wrapper) {
    if (size < record.size) return counted(record, size);
    const count = size - record.size;
    record.size = size;
    enqueue(record);
    try {
      const weight = record.stacks < firsts() ? 0 : context.insertionSampler.admit();
      if (weight < 0) return;
      record.stacks++;
      const site = context.site(record.kind, wrapper, String, 'entries', null, String);
      if (site !== record.site) {
        ring.fill(record.handle, record.site, record.entries);
        record.site = site;
        record.entries = 0;
      }
      record.entries += count * 2 ** weight;
    } catch (error) {
      if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: 'who fills a collection was not recorded', error };
    }
  }

  const firsts = () => (context.mode() === 'full' ? FIRST_IN_FULL : FIRST_IN_ADAPTIVE);

  function enqueue(record) {
    if (record.isUnsent) return;
    record.isUnsent = true;
    unsent[unsent.length] = record;
  }

  /** Whether there is room for one of this size, if need be in the smallest's place. */
  function makeRoom(size) {
    if (watched.size < MAX_WATCHED) return true;
    if (size < floor) return false;
    let smallest = null;
    watched.forEach((record) => {
      if (deref(record.ref) === undefined) watched.delete(record);
      else if (smallest === null || record.size < smallest.size) smallest = record;
    });
    if (watched.size < MAX_WATCHED) return true;
    noteOnce(`more than ${MAX_WATCHED} collections grow at once in one thread: who fills the smaller ones is not seen`);
    floor = smallest.size * MUCH_LARGER;
    if (size < floor) return false;
    end(smallest, deref(smallest.ref));
    return true;
  }

  function end(record, instance) {
    watched.delete(record);
    if (instance === undefined) return;
    PrivateField.set(instance, null);
    forEach(shapeOf[record.kind].keys, (key) => {
      // The program may have patched over it, or frozen it in place: then it only calls through.
      if (Ours.has(getOwnPropertyDescriptor(instance, key)?.value)) deleteProperty(instance, key);
    });
  }

  return {
    /**
     * Sees from now on who fills an instance; of one that it sees already, counts its entries.
     * @param {object} instance held weakly
     * @param {number} kind
     * @param {number} handle of its registration
     * @returns {boolean} false where it cannot be: it is frozen, a Proxy or has such methods of its
     * own, or there is no room
     */
    watch(instance, kind, handle) {
      const shape = shapeOf[kind];
      if (shape === undefined || types.isProxy(instance) || !shape.is(instance)) return false;
      const size = shape.sizeOf(instance);
      const known = PrivateField.get(instance);
      if (known !== null) {
        if (size !== known.size) counted(known, size);
        return true;
      }
      if (!isExtensible(instance)) return false;
      const home = getPrototypeOf(instance);
      const wrappers = home === null ? null : wrappersFor(home, kind);
      if (wrappers === null || some(wrappers, ({ key }) => hasOwn(instance, key)) || !makeRoom(size)) return false;
      const record = new Record(instance, kind, handle, size);
      PrivateField.set(instance, record);
      watched.add(record);
      for (let i = 0; i < wrappers.length; i++) {
        const { key, wrapper } = wrappers[i];
        defineProperty(instance, key, { value: wrapper, writable: true, enumerable: false, configurable: true });
      }
      return true;
    },

    /** It is as it was. */
    unwatch(instance) {
      const record = PrivateField.get(instance);
      if (record !== null) end(record, instance);
    },

    /** Sends the collector what was counted since the last time. */
    flush() {
      floor = 0;
      const records = drain(unsent);
      for (let i = 0; i < records.length; i++) {
        const record = records[i];
        const { handle, site, entries, unseen, left } = record;
        if (entries > 0) ring.fill(handle, site, entries);
        if (unseen > 0) ring.fill(handle, 0, unseen);
        if (left > 0) ring.leave(handle, left);
        record.entries = record.unseen = record.left = record.stacks = 0;
        record.isUnsent = false;
      }
    },

    /** Every instance is as it was. */
    undo() {
      watched.forEach((record) => end(record, deref(record.ref)));
      unsent.length = 0;
      floor = 0;
    },
  };
}

/** What a prototype's instances have under a key; undefined for nothing, null for what is no plain method. */
function methodOf(home, key) {
  for (let holder = home; holder !== null; holder = getPrototypeOf(holder)) {
    if (types.isProxy(holder)) return null;
    const found = getOwnPropertyDescriptor(holder, key);
    if (found !== undefined) return typeof found.value === 'function' && !types.isProxy(found.value) ? found.value : null;
  }
  return undefined;
}

module.exports = { createInserters };
