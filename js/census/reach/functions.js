'use strict';

/**
 * What a walk asks V8's inspector: variables of functions, what is bound, private fields. And by which names things are known that
 * only these hold.
 */

const { types } = require('node:util');
const { Map, Set } = require('../../base/originals.js');
const { classNameOf, functionNameOf } = require('../../base/names.js');
const { pathOf } = require('../../base/urls.js');
const { isPlainObject } = require('../holders.js');
const { locationIn, ownerOf } = require('../sources.js');

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { apply, ownKeys } = Reflect;
const { toString } = Function.prototype;

/** Functions of the application whose variables are read in one walk: that takes a fifth of a millisecond each. */
const MAX_FUNCTIONS = 400;
/** Functions of the same text that are read: each call of the outer function makes another. */
const MAX_ALIKE = 3;
/** Instances of a class whose private fields are read. */
const MAX_INSTANCES = 3;
/** Characters of a sample. */
const SAMPLE = 200;
/** Functions' own properties that are the language's. */
const OF_FUNCTIONS = new Set();
for (const name of ['length', 'name', 'prototype', 'arguments', 'caller']) OF_FUNCTIONS.add(name);

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
 * @param {number} maxOfPackages functions of packages whose variables are read
 * @param {(value: unknown, name: string, file: string, depth: number) => void} add takes what is to be visited
 */
function createFunctions(native, maxOfPackages, add) {
  /** By file. @type {Map<string, Sample>} */
  const samples = new Map();
  let functions = 0;
  let ofPackages = 0;
  /** By script and position: functions read. */
  const alike = new Map();
  /** By class: instances whose private fields were read; -1 where it has none. */
  const instances = new WeakMap();
  const ids = new Int32Array(1);
  let inspector = null;

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
      if (typeof key === 'string' && !OF_FUNCTIONS.has(key)) add(getOwnPropertyDescriptor(each, key)?.value, own === '' ? '' : `${own}.${key}`, isHeld ? file : script, depth + 1);
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

  return {
    samples,
    scriptOf,
    inFunction,
    inFields,

    /** @param {import('../inspector.js').Inspector | null} each asked from now on */
    ask(each) {
      inspector = each;
    },

    /** After an error: what the inspector still has for us. */
    letGo: () => inspector.letGo(),
  };
}

module.exports = { createFunctions };
