'use strict';

/** The census of a snapshot: how many collections and emitters live in this thread, the largest, and who holds them. */

const { EventEmitter } = require('node:events');
const { types } = require('node:util');
const { Map, Set, now } = require('../base/originals.js');
const { noteOnce } = require('../base/internal-errors.js');
const { classNameOf } = require('../base/names.js');
const { kindOf, sizeOf } = require('./entries.js');
const { createDictionaries } = require('./dictionaries.js');
const { elementsOf } = require('./elements.js');
const { createPlaces, isPlainObject } = require('./holders.js');
const { inspecting } = require('./inspector.js');
const { createOwners } = require('./owners.js');
const { createSources } = require('./sources.js');

const { isArray } = Array;
const { getOwnPropertyDescriptor } = Object;
const { ownKeys } = Reflect;
const isPrototypeOf = Object.prototype.isPrototypeOf.bind(EventEmitter.prototype);

/** Collections listed. */
const MOST = 100;

/** Entries at the census before, of collections that were listed or nearly so. */
const before = new WeakMap();

/**
 * @param {object} realm whose objects are counted
 * @param {number} minSize entries from which a collection is listed
 * @param {object} native the addon
 * @returns {object | null} null where there is no inspector; a note says so
 */
function censusOf(realm, minSize, native) {
  const from = now();
  try {
    const census = inspecting(realm, (inspector) => countAll(inspector, minSize, native));
    return { pauseMs: now() - from, heapBytes: process.memoryUsage().heapUsed, ...census };
  } catch (error) {
    noteOnce('no census', error);
    return null;
  }
}

function countAll(inspector, minSize, native) {
  const objects = inspector.objects();
  const places = createPlaces();
  const held = createDictionaries(native).addTo(objects, inspector, true);
  places.find(objects, { has: () => false }, () => {}, { holder() {}, value: held });
  const counts = {};
  const large = [];
  const add = (kind, size) => {
    const count = (counts[kind] ??= { instances: 0, entries: 0 });
    count.instances++;
    count.entries += size;
  };
  for (const object of objects) {
    const kind = kindOf(object) ?? (isPrototypeOf(object) ? 'emitter' : 'object');
    // An object with this many properties is used as a Map.
    if (kind === 'object' && (typeof object !== 'object' || places.isOpaque(object))) continue;
    const size = kind === 'emitter' ? listenersOf(object) : sizeOf(kind, object);
    if (kind !== 'object' || size >= minSize) add(kind, size);
    if (size >= minSize) large.push({ object, kind, size });
  }
  large.sort((a, b) => b.size - a.size);
  large.length = Math.min(large.length, MOST);
  const holders = large.length === 0 ? new Map() : holdersOf(inspector, objects, large, places, native);
  const largest = large.map(({ object, kind, size }) => ({
    kind,
    class: classNameOf(object),
    size,
    heldBy: holders.get(object) ?? null,
    elements: kind === 'emitter' ? null : elementsOf(kind, object),
    ...growth(object, size),
  }));
  objects.length = 0;
  return { counts, largest };
}

/** How many entries more than at the census before, where that has listed it. */
function growth(object, size) {
  const known = before.get(object);
  before.set(object, size);
  return known === undefined ? {} : { grewBy: size - known };
}

/** Properties of classes, or else variables of modules and functions; of the rest that it is a plain object's. */
function holdersOf(inspector, objects, large, places, native) {
  const wanted = new Map();
  for (const { object } of large) wanted.set(object, null);
  const holders = new Map();
  const isPlain = new Map();
  places.find(objects, wanted, (object, _, holder, property) => {
    // A plain object's properties may be data; a class's were written by somebody.
    if (typeof holder === 'function' || !isPlainObject(holder)) holders.set(object, `${nameOf(holder)}.${property}`);
    else isPlain.set(object, 'a plain object');
  });
  const left = new Set();
  for (const { object, kind } of large) if (!holders.has(object) && kind !== 'emitter') left.add(object);
  if (left.size > 0) {
    const owners = createOwners(inspector, createSources(inspector), objects, native);
    owners.variablesOf(left, null).forEach(({ name }, object) => holders.set(object, name));
  }
  isPlain.forEach((name, object) => holders.has(object) || holders.set(object, name));
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
