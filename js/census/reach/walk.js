'use strict';

/**
 * A walk through what a program's modules reach: exports, variables, properties, a few entries of each collection. It finds
 * arrays, and objects that may be used as Maps, which nothing registers. It takes a little time in each part, and holds
 * nothing between parts.
 */

const { types } = require('node:util');
const { mainGlobal } = require('../../base/realm.js');
const { NativeMap, NativeSet, Map, Set, now } = require('../../base/originals.js');
const { classNameOf, functionNameOf } = require('../../base/names.js');
const { pathOf } = require('../../base/urls.js');
const { createIsNative, isPlainObject, MAX_PROPERTIES } = require('../holders.js');
const { inspecting } = require('../inspector.js');
const { locationIn, ownerOf } = require('../sources.js');
const { listenersOf, rootsTo } = require('./roots.js');
const { MANY } = require('./size.js');

const { isArray } = Array;
const { isView } = ArrayBuffer;
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { apply, ownKeys } = Reflect;
const { toString } = Function.prototype;
const { values: valuesOfMap } = NativeMap.prototype;
const { values: valuesOfSet } = NativeSet.prototype;
const { next } = getPrototypeOf(new NativeMap().values());
const { next: nextOfSet } = getPrototypeOf(new NativeSet().values());

/** Objects visited in one walk; of packages. */
const MAX_OBJECTS = 20_000;
const MAX_OF_PACKAGES = 3_000;
/** Functions of the application whose variables are read in one walk: that takes a fifth of a millisecond each. */
const MAX_FUNCTIONS = 400;
/** Functions of the same text that are read: each call of the outer function makes another. */
const MAX_ALIKE = 3;
/** Steps from a root. */
const MAX_DEPTH = 9;
/** Entries of a collection that are followed, of both its ends. */
const ENTRIES = 4;
/** Instances of a class whose private fields are read. */
const MAX_INSTANCES = 3;
/** Characters of a sample. */
const SAMPLE = 200;
/** Longer names are none: they are made of keys, which are data. */
const MAX_NAME = 200;
/** Node's classes, whose properties are Node's: only their listeners are followed. */
const OF_NODE = new Set();
for (const name of ['Module', 'Socket', 'TLSSocket', 'Server', 'Http2Server', 'IncomingMessage', 'ServerResponse', 'ClientRequest', 'Agent', 'ChildProcess', 'Worker', 'MessagePort', 'ReadStream', 'WriteStream', 'Timeout', 'Immediate', 'Buffer', 'URL', 'AbortSignal', 'AbortController']) OF_NODE.add(name);
/** Functions' own properties that are the language's. */
const OF_FUNCTIONS = new Set();
for (const name of ['length', 'name', 'prototype', 'arguments', 'caller']) OF_FUNCTIONS.add(name);

/**
 * @typedef {object} Found
 * @property {object} object
 * @property {'array' | 'object'} kind
 * @property {string} name `queue.jobs`, from a variable on
 * @property {string} file of that variable
 * @property {{ name: string, file: string }} [made] of a function's property: by the function's own name, and its file
 */

/**
 * A function of a file, by which it shows whether the file on disk is what runs.
 * @typedef {object} Sample
 * @property {string} beginning of its text
 * @property {number} line 0-based, where V8 has it begin: a little later
 * @property {number} column the same
 * @property {Set<string>} variables of the module
 */

/**
 * @param {object} native the addon
 * @param {((see: import('../../hooks/context.js').See) => void) | null} showAll shows what is recorded; null where that is too much
 * @param {number} maxOfPackages functions of packages whose variables are read
 * @param {WeakSet<object>} large objects that are not read
 * @param {(object: object) => number} tableSize as `createTableSize` says
 * @param {(found: Found) => void} found called with each array, and each object that may be used as a Map
 * @returns {{ walk(ms: number): boolean, samples: Map<string, Sample> }} `walk` goes on for about so long; true at the end
 */
function createWalk(native, showAll, maxOfPackages, large, tableSize, found) {
  /** Whether what was met is named by a variable of the application; what is not may be, by another way. */
  const seen = new WeakMap();
  /** By file. @type {Map<string, Sample>} */
  const samples = new Map();
  const isNative = createIsNative();
  /** What is to be visited, held weakly: the application's first, then what Node calls, then packages'. */
  let queues = [[], [], []];
  const at = [0, 0, 0];
  let isBegun = false;
  let objects = 0;
  let far = 0;
  let functions = 0;
  let ofPackages = 0;
  /** By script and position: functions read. */
  const alike = new Map();
  /** By class: instances whose private fields were read; -1 where it has none. */
  const instances = new WeakMap();
  const ids = new Int32Array(1);
  let inspector = null;

  function add(value, name, file, depth, isLate = false, made = undefined) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || depth > MAX_DEPTH) return;
    const isNamed = name !== '' && ownerOf(file) === 'application' && !isLate;
    const before = seen.get(value);
    if (before === true || before === isNamed || isView(value) || isBehindProxy(value)) return;
    seen.set(value, isNamed);
    queues[isLate ? 2 : rankOf(value, isNamed, file)].push({ reference: new WeakRef(value), name: name.length > MAX_NAME ? '' : name, file, depth, made });
  }

  /** Which queue: a function that no variable of the application holds goes by its own file. */
  function rankOf(value, isNamed, file) {
    if (isNamed) return 0;
    const of = typeof value === 'function' ? scriptOf(value) ?? file : file;
    if (of === '') return 1;
    return ownerOf(of) === 'package' ? 2 : 0;
  }

  function visit({ value, name, file, depth, made }) {
    if (typeof value === 'function') return inFunction(value, name, file, depth);
    objects++;
    if (isArray(value)) return inArray(value, name, file, depth, made);
    const to = (entry) => add(entry, `${name}[…]`, file, depth + 1);
    if (types.isMap(value)) return entriesOf(apply(valuesOfMap, value, []), next, to);
    if (types.isSet(value)) return entriesOf(apply(valuesOfSet, value, []), nextOfSet, to);
    if (isNative(value) || large.has(value)) return undefined;
    return inObject(value, name, file, depth, made);
  }

  function inArray(array, name, file, depth, made) {
    if (name !== '') found({ object: array, kind: 'array', name, file, made });
    const { length } = array;
    for (let i = 0; i < length; i = i === ENTRIES - 1 ? Math.max(ENTRIES, length - ENTRIES) : i + 1) {
      add(getOwnPropertyDescriptor(array, i)?.value, `${name}[…]`, file, depth + 1);
    }
  }

  function inObject(object, name, file, depth, made) {
    listenersOf(object, (each) => add(each, '', file, depth + 1));
    const isPlain = isPlainObject(object);
    if (!isPlain && OF_NODE.has(classNameOf(object))) return;
    const entries = tableSize(object);
    if (entries < 0) return;
    if (entries > MANY) {
      // It says itself how many it has; to list them takes long.
      if (isPlain && name !== '') found({ object, kind: 'object', name, file, made });
      return;
    }
    const names = ownKeys(object);
    const isTable = isPlain && names.length > MAX_PROPERTIES;
    if (isPlain && names.length > 0 && isOfNode(object, names)) return;
    if (isPlain && name !== '') found({ object, kind: 'object', name, file, made });
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
      if (typeof value === 'function' && !types.isProxy(value)) return `${native.scriptName(value)}`.startsWith('node:');
    }
    return false;
  }

  /** Private fields of an instance. */
  function inFields(object, maker, name, file, depth) {
    let count = instances.get(maker);
    if (count === undefined) count = apply(toString, maker, []).includes('#') ? 0 : -1;
    instances.set(maker, count < 0 ? -1 : count + 1);
    if (count < 0 || count >= MAX_INSTANCES) return;
    for (const { name: field, value } of inspector.propertiesOf(inspector.idOf(object)).privateProperties ?? []) {
      if (value?.objectId !== undefined) add(inspector.take(value.objectId), `${name}.${field}`, file, depth + 1);
    }
    inspector.letGo();
  }

  function inFunction(each, name, file, depth) {
    if (functions >= MAX_FUNCTIONS) return;
    const isBound = functionNameOf(each).startsWith('bound ');
    const script = isBound ? null : scriptOf(each);
    if (isBound) return void inBound(each, depth);
    if (script === null) return;
    const isOfPackage = ownerOf(script) === 'package';
    // Of a package its modules' variables are enough.
    if (!isOfPackage || (!alike.has(ids[0]) && ofPackages++ < maxOfPackages)) inScopes(each, script, ids[0]);
    // What the application holds goes by its variable, as the app of a framework; anything else by the function's own name.
    const isHeld = isOfPackage && name !== '' && ownerOf(file) === 'application';
    const own = isHeld ? name : functionNameOf(each) || name;
    for (const key of ownKeys(each)) {
      if (typeof key !== 'string' || OF_FUNCTIONS.has(key)) continue;
      const made = { name: `${functionNameOf(each)}.${key}`, file: script };
      add(getOwnPropertyDescriptor(each, key)?.value, own === '' ? '' : `${own}.${key}`, isHeld ? file : script, depth + 1, false, made);
    }
  }

  /** What V8 has inside of a function. */
  function internalsOf(each) {
    functions++;
    return inspector.propertiesOf(inspector.idOf(each)).internalProperties ?? [];
  }

  /** The file of a function of the program; null for all others. */
  function scriptOf(each) {
    if (native.scriptIds([each], ids) !== 1 || ids[0] === 0) return null;
    const file = pathOf(native.scriptName(each) ?? '');
    const owner = ownerOf(file);
    return owner === 'application' || owner === 'package' ? file : null;
  }

  function inBound(each, depth) {
    for (const { name, value } of internalsOf(each)) {
      if (!/^\[\[(?:TargetFunction|BoundThis)\]\]$/.test(name) || value?.objectId === undefined) continue;
      const bound = inspector.take(value.objectId);
      add(bound, nameOfThis(bound), fileOfThis(bound), depth + 1);
    }
    inspector.letGo();
  }

  function inScopes(each, script, scriptId) {
    alike.set(scriptId, 1);
    const internals = internalsOf(each);
    const { lineNumber, columnNumber } = locationIn(internals) ?? {};
    if (!samples.has(script)) samples.set(script, { beginning: apply(toString, each, []).slice(0, SAMPLE), line: lineNumber, column: columnNumber, variables: new Set() });
    const ofModule = samples.get(script).variables;
    const place = `${scriptId}:${lineNumber}:${columnNumber}`;
    const count = (alike.get(place) ?? 0) + 1;
    alike.set(place, count);
    const scopesId = internals.find(({ name }) => name === '[[Scopes]]')?.value?.objectId;
    // Each is of V8's making: a description, and an object with the variables.
    const scopes = count > MAX_ALIKE || scopesId === undefined ? [] : inspector.take(scopesId);
    inspector.letGo();
    let last = scopes.length - 1;
    while (last >= 0 && /^Global/.test(scopes[last].description)) last--;
    for (let i = 0; i <= last; i++) {
      if (!/^(?:Closure|Module|Script|Block)/.test(scopes[i].description)) continue;
      const variables = scopes[i].object;
      for (const name of ownKeys(variables)) {
        const value = getOwnPropertyDescriptor(variables, name)?.value;
        // The outermost is the module's.
        if (i === last && typeof name === 'string') ofModule.add(name);
        // A variable is as near as a root, whichever way led to its function.
        add(value, name === 'this' ? nameOfThis(value) : name, script, 1);
      }
    }
  }

  function nameOfThis(value) {
    return typeof value === 'object' && value !== null && !types.isProxy(value) && !isPlainObject(value) ? classNameOf(value) : '';
  }

  function fileOfThis(value) {
    const home = typeof value === 'object' && value !== null && !types.isProxy(value) ? getPrototypeOf(value) : null;
    const maker = home === null || types.isProxy(home) ? undefined : getOwnPropertyDescriptor(home, 'constructor')?.value;
    return (typeof maker === 'function' && !types.isProxy(maker) && scriptOf(maker)) || '';
  }

  /** Visits the next, the application's first: what is near to a root first, which has the shorter name. */
  function step() {
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
      inspector.letGo();
    }
  }

  const isLeft = () => queues.some((queue, i) => at[i] < queue.length && (i < 2 || far < MAX_OF_PACKAGES)) && objects < MAX_OBJECTS;

  function walk(ms) {
    inspecting(mainGlobal, (each) => {
      inspector = each;
      if (!isBegun) rootsTo((value, name, file, isLate) => add(value, name, file, 0, isLate), (each) => seen.set(each, true), showAll);
      isBegun = true;
      const until = now() + ms;
      do if (isLeft()) step();
      while (isLeft() && now() < until);
    });
    inspector = null;
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
