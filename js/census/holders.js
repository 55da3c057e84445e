'use strict';

/**
 * Which property holds a collection. Read are own data properties that are enumerable, by their
 * descriptors: no getter runs, and no error's stack is written. A Proxy is never met, as a census
 * lists none. What Node's modules export is left alone: to look at some of it loads more of Node. Objects of an addon's classes are left alone: what looks like data may be native code
 * that runs, and V8 keeps an empty one of each class, on which such code may crash (as better-sqlite3's).
 */

const { builtinModules } = require('node:module');
const { types } = require('node:util');
const { Set } = require('../base/originals.js');
const { classNameOf, functionNameOf } = require('../base/names.js');

const { isArray } = Array;
const { isView } = ArrayBuffer;
const { keys, getPrototypeOf, getOwnPropertyDescriptor } = Object;
const { apply } = Reflect;
const { toString } = Function.prototype;

/** How the text of a function ends that is native code. */
const NATIVE = '[native code] }';
/** Classes of the language: other native classes must not be read. Errors are recognised by the end of their names. */
const LANGUAGE = new Set();
for (const name of ['Object', 'Function', 'Map', 'Set', 'WeakMap', 'WeakSet', 'Promise', 'RegExp', 'Date', 'Error']) LANGUAGE.add(name);

/** A holder with more properties is a table: their names are data, and say nothing about the program. */
const MAX_PROPERTIES = 32;

/**
 * A property of a class; of plain objects, a property of those with the same properties.
 * @typedef {object} Place
 * @property {string} kind 'array', 'map' or 'set'
 * @property {object | null} maker the class, a function; null for plain objects
 * @property {boolean} isStatic whether the class itself has the property
 * @property {string} className
 * @property {string} property
 * @property {string[]} properties of a plain object
 */

/**
 * @typedef {object} Visitor
 * @property {(holder: object, properties: number) => void} holder each object that is looked into, and how many own properties are enumerable
 * @property {(value: object) => void} value each object that such a property holds
 */

/** Names places for as long as a check takes. Holds no class. */
function createPlaces() {
  const numbers = new WeakMap();
  const isNative = createIsNative();
  const exported = nodesExports();
  let classes = 0;

  function numberOf(maker) {
    let number = numbers.get(maker);
    if (number === undefined) numbers.set(maker, (number = ++classes));
    return number;
  }

  /** What is not looked into. */
  const isOpaque = (holder) => isView(holder) || exported.has(holder) || isNative(holder);

  /**
   * Calls back with each property that holds one of `wanted`.
   * @param {object[]} objects may become more meanwhile: these are looked at as well
   * @param {{ has(object: object): boolean }} wanted
   * @param {(collection: object, key: string, holder: object, property: string, isPlain: boolean) => void} found
   * @param {Visitor | null} [visitor] sees what is read on the way: to read the whole heap once more takes long
   */
  function find(objects, wanted, found, visitor = null) {
    for (let i = 0; i < objects.length; i++) {
      const holder = objects[i];
      if (isArray(holder) || isOpaque(holder)) continue;
      const names = keys(holder);
      visitor?.holder(holder, names.length);
      let isTableOfCollections = false;
      for (let n = 0; n < names.length; n++) {
        const value = getOwnPropertyDescriptor(holder, names[n])?.value;
        if (typeof value !== 'object' || value === null) continue;
        visitor?.value(value);
        if (isTableOfCollections || !wanted.has(value)) continue;
        if (names.length > MAX_PROPERTIES && isTable(holder)) {
          if (visitor === null) break;
          isTableOfCollections = true;
          continue;
        }
        const isPlain = typeof holder === 'object' && isPlainObject(holder);
        found(value, keyOf(holder, isPlain, names, names[n]), holder, names[n], isPlain);
      }
    }
  }

  function keyOf(holder, isPlain, names, property) {
    if (isPlain) return `{${names.join()}}.${property}`;
    if (typeof holder === 'function') return `static ${numberOf(holder)}.${property}`;
    return `${numberOf(getPrototypeOf(holder))}.${property}`;
  }

  return { find, isOpaque };
}

/** Whether an object is of an addon's class, or of one that Node has in native code. */
function createIsNative() {
  /** By prototype. */
  const natives = new WeakMap();
  return function isNative(object) {
    if (typeof object === 'function') return false;
    const prototype = getPrototypeOf(object);
    if (prototype === null) return false;
    let answer = natives.get(prototype);
    if (answer === undefined) natives.set(prototype, (answer = !types.isProxy(prototype) && (isOfNative(prototype) || isNative(prototype))));
    return answer;
  };
}

/** What those of Node's modules export that are loaded. */
function nodesExports() {
  const loaded = new Set();
  for (const entry of process.moduleLoadList) loaded.add(entry);
  const exported = new Set();
  for (const name of builtinModules) {
    if (loaded.has(`NativeModule ${name}`)) exported.add(require(`node:${name}`));
  }
  return exported;
}

/** Whether it is the prototype of a class that is native code, and not the language's. */
function isOfNative(prototype) {
  const maker = getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof maker !== 'function' || types.isProxy(maker) || !apply(toString, maker, []).endsWith(NATIVE)) return false;
  const name = functionNameOf(maker);
  return !LANGUAGE.has(name) && !name.endsWith('Error');
}

/** Whether all of many properties hold the like: then they are keys. */
function isTable(holder) {
  return isPlainObject(holder);
}

/** Made by a literal, in whichever realm, or without a prototype. */
function isPlainObject(object) {
  const prototype = getPrototypeOf(object);
  return prototype === null || (getPrototypeOf(prototype) === null && classNameOf(object) === 'Object');
}

module.exports = { createIsNative, createPlaces, isPlainObject, MAX_PROPERTIES };
