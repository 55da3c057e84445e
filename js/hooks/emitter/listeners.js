'use strict';

/**
 * What is known of the listeners on EventEmitters.
 *
 * `_events` stays the truth. A tracked emitter's record holds, for each event, the handles of its listeners at the
 * positions that the listeners have in `_events`; a listener is never wrapped and never kept.
 */

const { types } = require('node:util');
const { noteOnce } = require('../../base/internal-errors.js');
const { weigh, GATHERED } = require('../../recording/sampling/stacks.js');
const { createRecords } = require('../owner-records.js');
const { createBalanced } = require('./balanced.js');
const { Lists } = require('./lists.js');
const { createClasses, showEvent } = require('../../base/names.js');
const { forEach, ownKeys, pop, shift, splice, unshift } = require('../../base/primordials.js');

const { getOwnPropertyDescriptor, hasOwn } = Object;

/** Bytes of what an emitter carries, and of each event there, as measured. */
const RECORD_BYTES = 128;
const LIST_BYTES = 136;

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('../creation-windows.js').createCreationWindows>} creations
 */
function createListeners(context, creations) {
  const { ring, owners, ownerSampler, samplers } = context;
  const sampler = samplers.listener;
  const classOf = createClasses();
  const isAll = context.mode() === 'full';
  /** Of each emitter that is tracked: the lists of its listeners, which die with it. */
  const records = createRecords(isAll);
  const kind = context.kinds.listener;
  const balanced = createBalanced(context, kind, promote);

  /** @param {object} emitter one that has listeners of its own */
  function track(emitter) {
    const record = new Lists(owners.retain(emitter), ring.clock());
    records.set(emitter, record);
    owners.carries(record.owner, RECORD_BYTES);
    return record;
  }

  /** An event of an emitter has its first listener that is recorded. */
  function addList(record, type, handle) {
    owners.carries(record.owner, LIST_BYTES);
    return record.add(type, handle);
  }

  /** The last listener of an event has left. */
  function emptied(record, type) {
    if (record.emptied(type)) owners.carries(record.owner, -LIST_BYTES);
  }

  /** Which place adds a listener. Not of what each request has by itself: its streams and messages. */
  function peek(emitter) {
    return hasOwn(emitter, '_readableState') || hasOwn(emitter, '_writableState') || hasOwn(emitter, '_header') ? undefined : context.peek(kind);
  }

  function registered(record, handle) {
    owners.add(record.owner, handle);
    return handle;
  }

  function release(record, handle) {
    owners.remove(record.owner, handle);
    ring.release(handle);
  }

  /** Takes in the listeners that an emitter had before it was tracked: all but the new one. */
  function adopt(emitter, newType, record) {
    const events = emitter._events;
    forEach(ownKeys(events), (type) => resync(record, type, countOf(events[type]) - (type === newType ? 1 : 0)));
  }

  /** Brings what is known of one event in line with how many listeners it has. Returns its list, which may be empty; undefined for none. */
  function resync(record, type, actual) {
    let list = record.get(type);
    if (list === undefined) {
      if (actual === 0) return undefined;
      list = addList(record, type, unattributed(record));
    }
    const { handles } = list;
    if (list.isUnrecorded) settle(record, list, actual);
    // Somebody changed `_events` by hand: how many listeners left is known, which ones is not.
    while (handles.length > actual) release(record, pop(handles));
    while (handles.length < actual) handles[handles.length] = unattributed(record);
    if (actual > 0) return list;
    emptied(record, type);
    return record.get(type);
  }

  /** Records the listener that was only counted, or counts it when it has gone. */
  function settle(record, list, actual) {
    if (actual <= list.handles.length) return passed(list);
    const handle = unattributed(record);
    list.handles[list.handles.length] = handle;
    list.promote(handle);
  }

  /** The listener that was only counted has left. */
  function passed(list) {
    list.isUnrecorded = false;
    balanced.pass();
  }

  function unattributed(record) {
    return registered(record, ring.register(kind, 0, 0, 0, 0));
  }

  /** Records the listeners that were only counted. Returns whether any of its events comes out even. */
  function promote(emitter) {
    const record = records.get(emitter);
    if (record === undefined) return false;
    let isAnyBalanced = false;
    forEach(record.all(), ({ type, isBalanced }) => {
      if (!isBalanced) return;
      isAnyBalanced = true;
      resync(record, type, countOf(emitter._events?.[type]));
    });
    return isAnyBalanced;
  }

  /**
   * A listener has been added.
   * @param {boolean} first whether before all others
   * @param {Function} hook the function that was called for it
   */
  function added(emitter, type, first, hook) {
    const record = isObject(type) ? undefined : records.get(emitter);
    if (record === undefined) return addedFirst(emitter, type, first, hook);
    const listeners = emitter._events?.[type];
    if (listeners === undefined) return; // an emitter that keeps its listeners elsewhere
    const actual = countOf(listeners);
    if (first || !record.passes(type, actual)) register(emitter, record, keyOf(type), actual, first, -1, hook);
  }

  /** A listener has been added to an emitter that is not tracked, or one whose event's name is an object. */
  function addedFirst(emitter, type, first, hook) {
    if (isObject(type)) {
      // To look its name up would run the program's toString once more.
      if (records.get(emitter) === undefined && ownerSampler.admit(undefined, 0) >= 0 && !sharesListeners(emitter)) track(emitter);
      return resyncAll(emitter);
    }
    // A getter would be the program's. To ask for the property costs as much as all else: only where all are tracked.
    if (!(isAll ? isOwnData(emitter, '_events') : hasOwn(emitter, '_events'))) return unseen();
    const listeners = emitter._events?.[type];
    if (listeners === undefined) return;
    const actual = countOf(listeners);
    const early = ownerSampler.admit(type, actual, emitter, peek);
    if (early < 0 || (!isAll && sharesListeners(emitter))) return;
    const record = track(emitter);
    if (actual > 1 || emitter._eventsCount !== 1) adopt(emitter, keyOf(type), record);
    register(emitter, record, keyOf(type), actual, first, early, hook);
  }

  /** @param {number} early log2 of the registrations on emitters that are not tracked which it stands for; -1 on one that was tracked */
  function register(emitter, record, type, actual, first, early, hook) {
    let list = record.get(type);
    const isPassing = list !== undefined && list.isBalanced && !first && context.mayPass();
    if (isPassing && list.isAsEver(actual)) return record.pass(list);
    const known = list === undefined ? 0 : list.handles.length;
    // Another patcher's function may have called one of ours already.
    if (known === actual) return;
    if (known !== actual - 1) list = resync(record, type, actual - 1);
    const isGrowth = actual >= GATHERED && (list === undefined || actual > list.peak);
    const handle = registered(record, handleOf(emitter, record, type, actual, isGrowth, early, hook));
    if (list === undefined) list = addList(record, type, handle);
    else if (first) unshift(list.handles, handle);
    else list.handles[list.handles.length] = handle;
    if (actual > list.peak) list.grow(actual);
  }

  /** That its emitter has so many listeners of this event, now that somebody adds one, shows that all of them are held. */
  function handleOf(emitter, record, type, count, isGrowth, early, hook) {
    const weight = weigh(sampler, early, type, isGrowth);
    if (weight < 0) return ring.register(kind, 0, 0, 0, 0);
    if (record.className === null) record.className = classOf(emitter);
    const site = context.siteOf(kind, hook, record, type, showEvent, early < 0 ? undefined : ownerSampler.peeked());
    return ring.register(kind, site, weight, early > 0 ? early : 0, count, creations.isWithOwner(emitter, record, site));
  }

  /** A listener is about to be removed. */
  function removing(emitter, type, listener) {
    const record = records.get(emitter);
    if (record === undefined || isObject(type)) return;
    type = keyOf(type);
    const listeners = emitter._events?.[type];
    const position = positionOf(listeners, listener);
    if (position < 0) return;
    const actual = countOf(listeners);
    if (record.hasUnrecorded(type, actual) && position === actual - 1) {
      record.leave();
      return balanced.pass();
    }
    let list = record.get(type);
    if (list === undefined || (list.handles.length === 0 && !list.isUnrecorded)) return;
    if (list.handles.length !== actual) {
      if (!list.isUnrecorded || list.handles.length !== actual - 1) list = resync(record, type, actual);
      else if (position === actual - 1) return passed(list);
    }
    const { handles } = list;
    const handle = handles[position];
    release(record, handle);
    if (position === handles.length - 1) pop(handles);
    else if (position === 0) shift(handles);
    else splice(handles, position, 1);
    if (!isAll && list.leave(handle)) balanced.began(record.owner);
    if (actual === 1) emptied(record, type);
  }

  /** All listeners have been removed, of one event or of each. */
  function removedAll(emitter, type, isEach) {
    if (isEach || isObject(type)) return resyncAll(emitter);
    const record = records.get(emitter);
    if (record !== undefined) resync(record, keyOf(type), countOf(emitter._events?.[type]));
  }

  /** Brings all that is known of an emitter in line with its listeners. */
  function resyncAll(emitter) {
    const record = records.get(emitter);
    if (record === undefined) return;
    const events = emitter._events ?? {};
    resyncEach(record, events, record.types());
    resyncEach(record, events, ownKeys(events));
  }

  function resyncEach(record, events, types) {
    for (let i = 0; i < types.length; i++) resync(record, types[i], countOf(events[types[i]]));
  }

  /** Shows the listeners that are recorded, by their handles. */
  function show(see) {
    owners.each((emitter) => {
      const record = records.get(emitter);
      if (record === undefined) return;
      forEach(record.all(), ({ type, handles }) => {
        const listeners = emitter._events?.[type];
        for (let i = 0; i < handles.length; i++) see(handles[i], typeof listeners === 'function' ? listeners : listeners?.[i]);
      });
    });
  }

  return { added, removing, removedAll, resyncAll, show, end: balanced.flush };
}

/**
 * True for an emitter whose `_events` others use too: listeners added through one would be counted
 * at each. Such are proxies, and instances of a class that inherits an emitter made for its prototype.
 */
function sharesListeners(emitter) {
  if (isOwnData(emitter, '_events')) return false;
  unseen();
  return true;
}

function unseen() {
  noteOnce('not seen: listeners added through a Proxy, or on emitters that never called EventEmitter()');
}

/** An event's name as a key of `_events`; only for names that are no objects. */
function keyOf(type) {
  return typeof type === 'symbol' ? type : String(type);
}

function isObject(type) {
  return (typeof type === 'object' && type !== null) || typeof type === 'function';
}

function countOf(list) {
  if (list === undefined || list === null) return 0;
  return typeof list === 'function' ? 1 : list.length;
}

/** Where `removeListener` will find a listener: the last one that matches, as Node looks. */
function positionOf(list, listener) {
  // What is no function is refused by Node, with an error.
  if (list === undefined || list === null || typeof listener !== 'function') return -1;
  if (list === listener) return 0;
  if (typeof list === 'function') return wrapped(list) === listener ? 0 : -1;
  for (let i = list.length - 1; i >= 0; i--) {
    if (list[i] === listener || wrapped(list[i]) === listener) return i;
  }
  return -1;
}

/** The listener that `once` has wrapped; a getter of the program's is not called. */
function wrapped(listener) {
  return getOwnPropertyDescriptor(listener, 'listener')?.value;
}

function isOwnData(object, key) {
  return types.isProxy(object) ? false : getOwnPropertyDescriptor(object, key)?.writable === true;
}

module.exports = { createListeners, isObject };
