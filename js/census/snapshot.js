'use strict';

/** The census of a snapshot: how many collections and emitters live in this thread, and the largest. */

const { EventEmitter } = require('node:events');
const { types } = require('node:util');
const { Map, now } = require('../base/originals.js');
const { noteOnce } = require('../base/internal-errors.js');
const { classNameOf } = require('../base/names.js');
const { kindOf, sizeOf } = require('./counts.js');
const { elementsOf } = require('./elements.js');
const { createPlaces, isPlainObject } = require('./holders.js');
const { inspecting } = require('./inspector.js');

const { isArray } = Array;
const { getOwnPropertyDescriptor } = Object;
const { ownKeys } = Reflect;
const isPrototypeOf = Object.prototype.isPrototypeOf.bind(EventEmitter.prototype);

/** Collections listed. */
const MOST = 100;

/**
 * @param {object} realm whose objects are counted
 * @param {number} minSize entries from which a collection is listed
 * @returns {object | null} null where there is no inspector; a note says so
 */
function censusOf(realm, minSize) {
  const from = now();
  try {
    const census = inspecting(realm, (inspector) => countAll(inspector.objects(), minSize));
    return { pauseMs: now() - from, heapBytes: process.memoryUsage().heapUsed, ...census };
  } catch (error) {
    noteOnce('no census', error);
    return null;
  }
}

function countAll(objects, minSize) {
  const counts = {};
  const large = [];
  for (const object of objects) {
    const kind = kindOf(object) ?? (isPrototypeOf(object) ? 'emitter' : null);
    if (kind === null) continue;
    const size = kind === 'emitter' ? listenersOf(object) : sizeOf(kind, object);
    const count = (counts[kind] ??= { instances: 0, entries: 0 });
    count.instances++;
    count.entries += size;
    if (size >= minSize) large.push({ object, kind, size });
  }
  large.sort((a, b) => b.size - a.size);
  large.length = Math.min(large.length, MOST);
  const holders = large.length === 0 ? new Map() : holdersOf(objects, large);
  const largest = large.map(({ object, kind, size }) => ({
    kind,
    class: classNameOf(object),
    size,
    heldBy: holders.get(object) ?? null,
    elements: kind === 'emitter' ? null : elementsOf(kind, object),
  }));
  objects.length = 0;
  return { counts, largest };
}

function holdersOf(objects, large) {
  const wanted = new Map();
  for (const { object } of large) wanted.set(object, null);
  const holders = new Map();
  createPlaces().find(objects, wanted, (object, _, holder, property) => {
    // A plain object's properties may be data; a class's were written by somebody.
    const name = typeof holder === 'function' || !isPlainObject(holder) ? `${nameOf(holder)}.${property}` : null;
    if (name !== null || !holders.has(object)) holders.set(object, name ?? 'a plain object');
  });
  return holders;
}

function nameOf(holder) {
  return typeof holder === 'function' ? getOwnPropertyDescriptor(holder, 'name')?.value || 'function' : classNameOf(holder);
}

function listenersOf(emitter) {
  const events = getOwnPropertyDescriptor(emitter, '_events')?.value;
  if (typeof events !== 'object' || events === null || types.isProxy(events)) return 0;
  let count = 0;
  for (const key of ownKeys(events)) {
    const list = getOwnPropertyDescriptor(events, key)?.value;
    if (isArray(list)) count += types.isProxy(list) ? 1 : list.length;
    else if (typeof list === 'function') count++;
  }
  return count;
}

module.exports = { censusOf };
