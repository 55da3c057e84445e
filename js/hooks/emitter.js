'use strict';

/**
 * Listeners on EventEmitters.
 *
 * `_events` stays the truth. A tracked emitter's record holds, for each event, the handles of its
 * listeners at the positions that the listeners have in `_events`; a listener is never wrapped and
 * never kept. `once` and `prependOnceListener` call `on` and `prependListener` on their emitter,
 * and a once-listener that ran leaves through `removeListener`, so those are not patched.
 */

const { EventEmitter } = require('node:events');
const { types } = require('node:util');
const { Map, apply } = require('../originals.js');
const { noteOnce, unsaid, MAX_UNSAID } = require('../faults.js');
const { createDice, EARLY_WEIGHT, LATE_MS } = require('../sampler.js');
const { wrapEach, heal } = require('./wrap.js');
const { Itself } = require('./stamp.js');
const { classNameOf, showEvent } = require('./names.js');
const { createBirths } = require('./births.js');

/** Either when an emitter was first seen (ms on the collector's clock), or its record. */
class Stamp extends Itself {
  #state;

  static get(emitter) {
    return #state in emitter ? emitter.#state : undefined;
  }

  static set(emitter, state) {
    if (#state in emitter) emitter.#state = state;
    else new Stamp(emitter).#state = state;
  }
}

/** What is known of one emitter. It must not reach the emitter: it is kept until that is dead. */
class Record {
  constructor(session, bornMs, weight) {
    this.session = session;
    this.bornMs = bornMs;
    /** log2 of the emitters it stands for while it is young. */
    this.weight = weight;
    /** Handles by event, parallel to `_events`. */
    this.handles = new Map();
  }

  /** Its listeners are left to it: nothing that keeps it is to blame for them. */
  disown() {
    for (const handles of this.handles.values()) {
      for (let i = 0; i < handles.length; i++) this.session.ring?.disown(handles[i]);
    }
  }

  collected() {
    const { ring } = this.session;
    for (const handles of this.handles.values()) {
      for (let i = 0; i < handles.length; i++) ring?.collect(handles[i]);
    }
    this.handles.clear();
  }
}

/**
 * @param {import('../engine.js').Context} context
 * @returns {import('./index.js').Hook}
 */
function install(context) {
  const { ring, owners, sampler, windows } = context;
  /** Names this recording; records of an earlier one are none of ours. */
  const session = { ring };
  const kind = context.kinds.listener;
  const oneIn = createDice();
  const births = createBirths(context);
  let isWatchingOwners = false;

  function track(emitter, bornMs, weight) {
    if (sharesListeners(emitter)) return undefined;
    const record = new Record(session, bornMs, weight);
    owners.hold(emitter, record);
    Stamp.set(emitter, record);
    return record;
  }

  /** The record of an emitter that is tracked, from now on perhaps; undefined for another. */
  function recordFor(emitter, type) {
    const known = knownRecord(emitter);
    if (known !== undefined) return known;
    if (context.mode() === 'full') return adopt(emitter, type, track(emitter, ring.clock(), 0));
    const state = Stamp.get(emitter);
    const now = ring.clock();
    if (typeof state === 'number' && state <= now) {
      return now - state >= LATE_MS ? adopt(emitter, type, track(emitter, state, 0)) : undefined;
    }
    if (oneIn(EARLY_WEIGHT)) return track(emitter, now, EARLY_WEIGHT);
    Stamp.set(emitter, now);
    return undefined;
  }

  /** Takes in the listeners that an emitter had before it was tracked: all but the new one. */
  function adopt(emitter, newType, record) {
    if (record === undefined) return undefined;
    const events = emitter._events;
    for (const type of Reflect.ownKeys(events)) {
      resync(record, type, countOf(events[type]) - (type === newType ? 1 : 0));
    }
    return record;
  }

  function resync(record, type, actual) {
    let handles = record.handles.get(type);
    if (handles === undefined) {
      if (actual === 0) return undefined;
      record.handles.set(type, (handles = []));
    }
    // Somebody changed `_events` by hand: which listeners left cannot be told, how many can.
    while (handles.length > actual) ring.release(handles.pop());
    while (handles.length < actual) handles.push(ring.register(kind, 0, 0, 0, 0));
    if (actual > 0) return handles;
    record.handles.delete(type);
    return undefined;
  }

  function added(emitter, type, first, hook) {
    if (isObject(type)) {
      // To look its name up would run the program's toString once more.
      recordFor(emitter, undefined);
      return resyncAll(emitter);
    }
    const list = emitter._events?.[type];
    if (list === undefined) return; // an emitter that keeps its listeners elsewhere
    type = keyOf(type);
    const record = recordFor(emitter, type);
    if (record === undefined) return;
    const actual = countOf(list);
    let handles = record.handles.get(type);
    // Another patcher's function may have called one of ours already.
    if (handles !== undefined && handles.length === actual) return;
    if ((handles === undefined ? 0 : handles.length) !== actual - 1) handles = resync(record, type, actual - 1);
    if (handles === undefined) record.handles.set(type, (handles = []));
    const handle = register(emitter, record, type, actual, hook);
    if (first) handles.unshift(handle);
    else handles.push(handle);
  }

  /** That its emitter has so many listeners of this event, now that somebody adds one, shows that all of them are held. */
  function register(emitter, record, type, count, hook) {
    const weight = sampler.admit(type);
    if (weight < 0) return ring.register(kind, 0, 0, 0, 0);
    const site = context.site(kind, hook, () => classNameOf(emitter), type, showEvent);
    // Only while it is young does an early emitter stand for others: later all are tracked.
    const isEarly = record.weight !== 0 && context.mode() !== 'full' && ring.clock() - record.bornMs < LATE_MS;
    const early = isEarly ? record.weight : 0;
    return ring.register(kind, site, weight + early, 0, count, windows.current !== 0 && births.isOwned(emitter, site));
  }

  /** The record of an emitter that is tracked already; undefined for another. */
  function knownRecord(emitter) {
    const state = Stamp.get(emitter);
    return typeof state === 'object' && state.session === session ? state : undefined;
  }

  function removing(emitter, type, listener) {
    if (isObject(type)) return;
    const record = knownRecord(emitter);
    if (record === undefined) return;
    type = keyOf(type);
    let handles = record.handles.get(type);
    if (handles === undefined) return;
    const list = emitter._events?.[type];
    const position = positionOf(list, listener);
    if (position < 0) return;
    const actual = countOf(list);
    if (handles.length !== actual) handles = resync(record, type, actual);
    ring.release(handles[position]);
    if (position === actual - 1) handles.pop();
    else if (position === 0) handles.shift();
    else handles.splice(position, 1);
    if (actual === 1) record.handles.delete(type);
  }

  function removedAll(emitter, type, isAll) {
    if (isAll || isObject(type)) return resyncAll(emitter);
    const record = knownRecord(emitter);
    if (record !== undefined) resync(record, keyOf(type), countOf(emitter._events?.[type]));
  }

  function resyncAll(emitter) {
    const record = knownRecord(emitter);
    if (record === undefined) return;
    const events = emitter._events ?? {};
    for (const type of [...record.handles.keys()]) resync(record, type, countOf(events[type]));
    for (const type of Reflect.ownKeys(events)) resync(record, type, countOf(events[type]));
  }

  function hookAdding(first) {
    return (patch) => {
      // Once the original has returned the listener is in, whatever 'newListener' did meanwhile.
      return function on(type, _listener) {
        // Who has no listeners yet and was not seen being made may have been made just now.
        if ((windows.current !== 0 || windows.isRunning) && patch.active) sawUnborn(this);
        const result = apply(patch.original, this, arguments);
        if (patch.active) {
          try {
            added(this, type, first, patch.wrapper);
          } catch (error) {
            if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: `a listener was not recorded`, error };
          }
        } else heal(patch);
        return result;
      };
    };
  }

  function sawUnborn(emitter) {
    try {
      if (emitter._events === undefined) births.unheard(emitter);
    } catch (error) {
      if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: `an emitter's age was not recorded`, error };
    }
  }

  /** `EventEmitter.init()` is what every constructor calls. */
  function hookInit(patch) {
    return function init(_options) {
      const result = apply(patch.original, this, arguments);
      if (!patch.active) heal(patch);
      else if (windows.current !== 0 || windows.isRunning) {
        try {
          births.born(this);
        } catch (error) {
          if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: `an emitter's age was not recorded`, error };
        }
      }
      return result;
    };
  }

  function hookRemoving(patch) {
    return function removeListener(type, listener) {
      // Before the original: it emits 'removeListener' when the listener is out already.
      if (patch.active) {
        try {
          removing(this, type, listener);
        } catch (error) {
          if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: `a listener's removal was not recorded`, error };
        }
      } else heal(patch);
      const result = apply(patch.original, this, arguments);
      if (patch.active && isObject(type)) guardedResync(this);
      return result;
    };
  }

  function guardedResync(emitter) {
    try {
      resyncAll(emitter);
    } catch (error) {
      if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: `a listener's removal was not recorded`, error };
    }
  }

  function hookRemovingAll(patch) {
    return function removeAllListeners(type) {
      const result = apply(patch.original, this, arguments);
      if (patch.active) {
        try {
          removedAll(this, type, arguments.length === 0);
        } catch (error) {
          if (unsaid.length < MAX_UNSAID) unsaid[unsaid.length] = { note: `a listener's removal was not recorded`, error };
        }
      } else heal(patch);
      return result;
    };
  }

  const patches = [
    [['addListener', 'on'], hookAdding(false)],
    [['prependListener'], hookAdding(true)],
    [['removeListener', 'off'], hookRemoving],
    [['removeAllListeners'], hookRemovingAll],
  ].flatMap(([keys, make]) => wrapEach([EventEmitter.prototype], keys, make));
  return {
    watchOwners() {
      if (isWatchingOwners) return;
      isWatchingOwners = true;
      try {
        patches.push(...wrapEach([EventEmitter], ['init'], hookInit));
      } catch (error) {
        noteOnce('not seen: when emitters are made', error);
      }
    },

    undo() {
      session.ring = null; // emitters that live on must not keep it
      patches.reverse().forEach((patch) => patch.undo());
    },
  };
}

/**
 * True for an emitter whose `_events` others use too: listeners added through one would be counted
 * at each. Such are proxies, and instances of a class that inherits an emitter made for its prototype.
 */
function sharesListeners(emitter) {
  if (!types.isProxy(emitter) && Object.hasOwn(emitter, '_events')) return false;
  noteOnce('not seen: listeners added through a Proxy, or on emitters that never called EventEmitter()');
  return true;
}

/** An event's name as a key of `_events`; only for names that are no objects. */
function keyOf(type) {
  return typeof type === 'symbol' ? type : String(type);
}

function isObject(type) {
  return (typeof type === 'object' && type !== null) || typeof type === 'function';
}

function countOf(list) {
  if (list === undefined) return 0;
  return typeof list === 'function' ? 1 : list.length;
}

/** Where `removeListener` will find a listener: the last one that matches, as Node looks. */
function positionOf(list, listener) {
  // What is no function is refused by Node, with an error.
  if (list === undefined || list === null || typeof listener !== 'function') return -1;
  if (list === listener || list.listener === listener) return 0;
  if (typeof list === 'function') return -1;
  for (let i = list.length - 1; i >= 0; i--) {
    if (list[i] === listener || list[i].listener === listener) return i;
  }
  return -1;
}

module.exports = { install };
