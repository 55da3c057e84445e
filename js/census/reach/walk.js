'use strict';

/**
 * A walk through what a program's modules reach: exports, variables, properties, a few entries of each collection. It finds
 * arrays, and objects that may be used as Maps, which nothing registers. It takes a little time in each part, and holds
 * nothing between parts.
 */

const { types } = require('node:util');
const { mainGlobal } = require('../../base/realm.js');
const { NativeMap, NativeSet, Set, now } = require('../../base/originals.js');
const { classNameOf } = require('../../base/names.js');
const { createIsNative, isPlainObject, MAX_PROPERTIES } = require('../holders.js');
const { inspecting } = require('../inspector.js');
const { ownerOf } = require('../sources.js');
const { createFunctions } = require('./functions.js');
const { listenersOf, rootsTo } = require('./roots.js');
const { MANY } = require('./size.js');

const { isArray } = Array;
const { isView } = ArrayBuffer;
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { apply, ownKeys } = Reflect;
const { values: valuesOfMap } = NativeMap.prototype;
const { values: valuesOfSet } = NativeSet.prototype;
const { next } = getPrototypeOf(new NativeMap().values());
const { next: nextOfSet } = getPrototypeOf(new NativeSet().values());

/** Objects visited in one walk; of packages. */
const MAX_OBJECTS = 20_000;
const MAX_OF_PACKAGES = 3_000;
/** Steps from a root. */
const MAX_DEPTH = 9;
/** Entries of a collection that are followed, of both its ends. */
const ENTRIES = 4;
/** Longer names are none: they are made of keys, which are data. */
const MAX_NAME = 200;
/** Node's classes, whose properties are Node's: only their listeners are followed. */
const OF_NODE = new Set();
for (const name of ['Module', 'Socket', 'TLSSocket', 'Server', 'Http2Server', 'IncomingMessage', 'ServerResponse', 'ClientRequest', 'Agent', 'ChildProcess', 'Worker', 'MessagePort', 'ReadStream', 'WriteStream', 'Timeout', 'Immediate', 'Buffer', 'URL', 'AbortSignal', 'AbortController']) OF_NODE.add(name);

/**
 * @typedef {object} Found
 * @property {object} object
 * @property {'array' | 'object'} kind
 * @property {string} name `queue.jobs`, from a variable on
 * @property {string} file of that variable
 */

/**
 * @param {object} native the addon
 * @param {((see: import('../../hooks/context.js').See) => void) | null} showAll shows what is recorded; null where that is too much
 * @param {number} maxOfPackages functions of packages whose variables are read
 * @param {WeakSet<object>} large objects that are not read
 * @param {(object: object) => number} tableSize as `createTableSize` says
 * @param {(found: Found) => void} found called with each array, and each object that may be used as a Map
 * @returns {{ walk(ms: number): boolean, samples: Map<string, import('./functions.js').Sample> }} `walk` goes on for about so long; true at the end
 */
function createWalk(native, showAll, maxOfPackages, large, tableSize, found) {
  /** Whether what was met is named by a variable of the application; what is not may be, by another way. */
  const seen = new WeakMap();
  const isNative = createIsNative();
  /** What is to be visited, held weakly: the application's first, then what Node calls, then packages'. */
  let queues = [[], [], []];
  const at = [0, 0, 0];
  const { samples, scriptOf, inFunction, inFields, ask, letGo } = createFunctions(native, maxOfPackages, add);
  /** What is left of the roots. */
  let roots = rootsTo((value, name, file, isLate) => add(value, name, file, 0, isLate), (each) => seen.set(each, true), showAll);
  let objects = 0;
  let far = 0;

  function add(value, name, file, depth, isLate = false) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || depth > MAX_DEPTH) return;
    const isNamed = name !== '' && ownerOf(file) === 'application' && !isLate;
    const before = seen.get(value);
    if (before === true || before === isNamed || isView(value) || isBehindProxy(value)) return;
    seen.set(value, isNamed);
    queues[isLate ? 2 : rankOf(value, isNamed, file)].push({ reference: new WeakRef(value), name: name.length > MAX_NAME ? '' : name, file, depth });
  }

  /** Which queue: a function that no variable of the application holds goes by its own file. */
  function rankOf(value, isNamed, file) {
    if (isNamed) return 0;
    const of = typeof value === 'function' ? scriptOf(value) ?? file : file;
    if (of === '') return 1;
    return ownerOf(of) === 'package' ? 2 : 0;
  }

  function visit({ value, name, file, depth }) {
    if (typeof value === 'function') return inFunction(value, name, file, depth);
    objects++;
    if (isArray(value)) return inArray(value, name, file, depth);
    const to = (entry) => add(entry, `${name}[…]`, file, depth + 1);
    if (types.isMap(value)) return entriesOf(apply(valuesOfMap, value, []), next, to);
    if (types.isSet(value)) return entriesOf(apply(valuesOfSet, value, []), nextOfSet, to);
    if (isNative(value) || large.has(value)) return undefined;
    return inObject(value, name, file, depth);
  }

  function inArray(array, name, file, depth) {
    if (name !== '') found({ object: array, kind: 'array', name, file });
    const { length } = array;
    for (let i = 0; i < length; i = i === ENTRIES - 1 ? Math.max(ENTRIES, length - ENTRIES) : i + 1) {
      add(getOwnPropertyDescriptor(array, i)?.value, `${name}[…]`, file, depth + 1);
    }
  }

  function inObject(object, name, file, depth) {
    listenersOf(object, (each) => add(each, '', file, depth + 1));
    const isPlain = isPlainObject(object);
    if (!isPlain && OF_NODE.has(classNameOf(object))) return;
    const entries = tableSize(object);
    if (entries < 0) return;
    if (entries > MANY) {
      // It says itself how many it has; to list them takes long.
      if (isPlain && name !== '') found({ object, kind: 'object', name, file });
      return;
    }
    const names = ownKeys(object);
    const isTable = isPlain && names.length > MAX_PROPERTIES;
    if (isPlain && names.length > 0 && isOfNode(object, names)) return;
    if (isPlain && name !== '') found({ object, kind: 'object', name, file });
    for (let i = 0; i < names.length; i = isTable && i === ENTRIES - 1 ? Math.max(ENTRIES, names.length - ENTRIES) : i + 1) {
      const key = names[i];
      const value = getOwnPropertyDescriptor(object, key)?.value;
      if (key === '_events' || value === undefined) continue;
      const next = isTable ? `${name}[…]` : typeof key === 'symbol' ? `${name}[symbol]` : `${name}.${key}`;
      add(value, name === '' ? '' : next, file, depth + 1);
    }
    if (isPlain) return;
    // A class may have a list of its instances.
    const maker = getOwnPropertyDescriptor(getPrototypeOf(object), 'constructor')?.value;
    if (typeof maker !== 'function' || types.isProxy(maker)) return;
    add(maker, '', file, depth + 1);
    if (name !== '') inFields(object, maker, name, file, depth);
  }

  /** What one of Node's modules exports: its functions are Node's. */
  function isOfNode(object, names) {
    for (let i = 0; i < names.length && i < MAX_PROPERTIES; i++) {
      const value = getOwnPropertyDescriptor(object, names[i])?.value;
      if (typeof value === 'function' && !types.isProxy(value)) return ownerOf(native.scriptName(value) ?? '') === 'node';
    }
    return false;
  }

  /** Goes on with the roots, then visits the next: the application's first; what is near to a root first, which has the shorter name. */
  function step() {
    if (roots !== null) {
      if (roots.next().done) roots = null;
      return;
    }
    const rank = queues.findIndex((queue, i) => at[i] < queue.length);
    if (rank === 2) far++;
    const { reference, ...more } = queues[rank][at[rank]];
    queues[rank][at[rank]++] = undefined;
    const value = reference.deref();
    if (value === undefined) return;
    try {
      visit({ value, ...more });
    } catch {
      // The namespace of a module that has not run yet has no values: what cannot be read is left alone.
      letGo();
    }
  }

  const isToVisit = () => queues.some((queue, i) => at[i] < queue.length && (i < 2 || far < MAX_OF_PACKAGES)) && objects < MAX_OBJECTS;
  const isLeft = () => roots !== null || isToVisit();

  function walk(ms) {
    inspecting(mainGlobal, (each) => {
      ask(each);
      const until = now() + ms;
      do if (isLeft()) step();
      while (isLeft() && now() < until);
    });
    ask(null);
    const goesOn = isLeft();
    if (!goesOn) queues = [[], [], []];
    return !goesOn;
  }

  return { walk, samples };
}

/** Whether it, or something that it inherits from, is a Proxy: to read it may run code of the program. */
function isBehindProxy(value) {
  for (let each = value; each !== null; each = getPrototypeOf(each)) if (types.isProxy(each)) return true;
  return false;
}

/** The first entries. */
function entriesOf(iterator, step, see) {
  for (let i = 0; i < 2 * ENTRIES; i++) {
    const { done, value } = apply(step, iterator, []);
    if (done) return;
    see(value);
  }
}

module.exports = { createWalk };
