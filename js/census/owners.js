'use strict';

/**
 * What holds a collection that is no property's: a variable of a function or module, a private
 * field, or another collection. It is asked of the inspector, function by function, so only for the
 * few that grew, and for a limited time.
 */

const { EventEmitter } = require('node:events');
const { types } = require('node:util');
const { NativeMap, NativeSet, Map, Set } = require('../base/originals.js');
const { functionNameOf } = require('../base/names.js');
const { createBudget } = require('./budget.js');
const { inOrder } = require('./functions.js');
const { frameAt, locationIn, ownerOf } = require('./sources.js');
const { isPlainObject, MAX_PROPERTIES } = require('./holders.js');
const { inClass, inVariable } = require('./text.js');

const { isArray } = Array;
const { isView } = ArrayBuffer;
const { getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
const { apply } = Reflect;
const isEmitter = Object.prototype.isPrototypeOf.bind(EventEmitter.prototype);
const { forEach: eachOfMap } = NativeMap.prototype;
const { forEach: eachOfSet } = NativeSet.prototype;

/** The longest that functions and instances are asked, in ms of processor time. */
const SEARCH_MS = 1_500;
/** Functions asked together. */
const BATCH = 32;
/** Instances of a class whose private fields are read. */
const MAX_INSTANCES = 200;
/** Elements of an array looked at. */
const MAX_ELEMENTS = 100_000;

/**
 * @param {import('./inspector.js').Inspector} inspector
 * @param {ReturnType<typeof import('./sources.js').createSources>} sources
 * @param {object[]} objects all that live
 * @param {object} native the addon
 */
function createOwners(inspector, sources, objects, native) {
  /**
   * Those that collections hold, each with its container; and those that are lists of an emitter's listeners.
   * @param {{ has(object: object): boolean }} wanted
   */
  function containersOf(wanted) {
    const containers = new Map();
    const listeners = new Set();
    for (const object of objects) {
      const found = (value) => {
        if (typeof value === 'object' && value !== null && wanted.has(value) && !containers.has(value)) containers.set(value, object);
      };
      if (isArray(object)) {
        const length = Math.min(object.length, MAX_ELEMENTS);
        for (let i = 0; i < length; i++) found(getOwnPropertyDescriptor(object, i)?.value);
      } else if (types.isMap(object)) apply(eachOfMap, object, [found]);
      else if (types.isSet(object)) apply(eachOfSet, object, [found]);
      else {
        inTable(object, found);
        const events = getOwnPropertyDescriptor(object, '_events')?.value;
        if (typeof events !== 'object' || events === null || types.isProxy(events) || !isNodes(object, events)) continue;
        if (wanted.has(events)) listeners.add(events);
        for (const key of Reflect.ownKeys(events)) {
          const list = getOwnPropertyDescriptor(events, key)?.value;
          if (typeof list === 'object' && list !== null && wanted.has(list)) listeners.add(list);
        }
      }
    }
    return { containers, listeners };
  }

  /**
   * Variables and private fields that hold them.
   * @param {Set<object>} wanted what is found is taken out
   * @param {Function | null} first whose variables are looked at before all others'
   * @returns {Map<object, { name: string, frame: object | null, owner: string | null, script: object | null }>}
   */
  function variablesOf(wanted, first) {
    const found = new Map();
    const isSpent = createBudget(native, SEARCH_MS);
    const left = new Set();
    for (const each of wanted) left.add(each);
    const classes = [];
    const isOver = () => left.size === 0 || isSpent();
    const search = (functions) => {
      const ids = inspector.idsOf(functions);
      for (let i = 0; i < functions.length && !isOver(); i++) inFunction(functions[i], ids[i], left, found, classes);
      inspector.letGo();
    };
    if (first !== null) search([first]);
    let batch = [];
    for (const each of isOver() ? [] : inOrder(native, sources, objects)) {
      if (batch.push(each) < BATCH) continue;
      search(batch);
      batch = [];
      if (isOver()) break;
    }
    if (batch.length > 0 && !isOver()) search(batch);
    for (const maker of classes) if (!isOver()) inInstances(maker, left, found);
    return found;
  }

  function inFunction(each, id, left, found, classes) {
    const { internalProperties = [], privateProperties } = inspector.propertiesOf(id);
    const location = locationIn(internalProperties);
    const scopes = internalProperties.find(({ name }) => name === '[[Scopes]]')?.value?.objectId;
    if (location === null || scopes === undefined) return;
    const script = sources.source(location.scriptId);
    const owner = ownerOf(script.file);
    if (owner !== 'application' && owner !== 'package') return;
    inFields(each, privateProperties, left, found);
    if (script.text.includes('#') && isClass(each)) classes.push(each);
    for (const { value: scope } of inspector.propertiesOf(scopes).result) {
      if (!/^(?:Closure|Module|Script|Block)/.test(scope?.description ?? '')) continue;
      const variables = inspector.propertiesOf(scope.objectId).result.filter(({ value }) => mayBe(value));
      const values = inspector.takeAll(variables.map(({ value }) => value.objectId));
      for (const [i, { name }] of variables.entries()) {
        const object = values[i];
        if (!left.delete(object)) continue;
        const at = inVariable(script.code, name);
        found.set(object, { name, owner, script, frame: at === null ? null : frameAt(script, at, functionOf(scope.description)) });
      }
    }
  }

  function inInstances(maker, left, found) {
    const home = getOwnPropertyDescriptor(maker, 'prototype')?.value;
    let count = 0;
    for (const object of objects) {
      if (getPrototypeOf(object) !== home) continue;
      inFields(object, inspector.propertiesOf(inspector.idOf(object)).privateProperties, left, found, maker);
      inspector.letGo();
      if (++count >= MAX_INSTANCES || left.size === 0) return;
    }
  }

  function inFields(holder, fields = [], left, found, maker = holder) {
    const wanted = fields.filter(({ value }) => mayBe(value));
    const values = inspector.takeAll(wanted.map(({ value }) => value.objectId));
    for (const [i, { name }] of wanted.entries()) {
      const object = values[i];
      if (!left.delete(object)) continue;
      const range = sources.rangeOf(maker);
      const at = range === null ? null : inClass(range.script.code.slice(range.start, range.end), name);
      const makerName = functionNameOf(maker) || 'anonymous class';
      const frame = at === null ? null : frameAt(range.script, range.start + at.at, `new ${makerName}`);
      found.set(object, { name: `${makerName}.${name}`, owner: range === null ? null : ownerOf(range.script.file), script: range?.script ?? null, frame });
    }
  }

  return { containersOf, variablesOf };
}

/**
 * Whether Node's methods add to these lists: then they are counted as listeners. Other emitters have lists of the same name.
 * Node's methods may be copied to what inherits from anything; the object that they make has no prototype.
 */
function isNodes(emitter, events) {
  return isEmitter(emitter) || getPrototypeOf(events) === null;
}

/** Of a plain object with many properties their names are keys. */
function inTable(object, found) {
  if (types.isProxy(object) || isView(object) || !isPlainObject(object)) return;
  const names = keys(object);
  if (names.length > MAX_PROPERTIES) for (const name of names) found(getOwnPropertyDescriptor(object, name)?.value);
}

function mayBe(value) {
  if (value?.objectId === undefined) return false;
  return value.subtype === undefined ? value.type === 'object' : /^(?:array|map|set)$/.test(value.subtype);
}

/** A class has a prototype that it cannot change. */
function isClass(maker) {
  return getOwnPropertyDescriptor(maker, 'prototype')?.writable === false;
}

/** `Closure (makeStore)`; that of a module has its file in place of a name. */
function functionOf(description) {
  const name = /^(?:Closure|Block) \((.*)\)$/.exec(description)?.[1] ?? '';
  return /^[\w$#.]+$/.test(name) && !name.includes('.') ? name : null;
}

module.exports = { createOwners };
