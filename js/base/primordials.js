'use strict';

/**
 * Built-in functions as they were when leakline was loaded. What runs inside the program's calls uses these: whoever replaces
 * `Array.prototype.push` or the iterator of arrays is neither called by leakline nor can break it. Loops go by index, as `for … of`,
 * destructuring of arrays and spreading call iterators.
 */

const { bind, call } = Function.prototype;
const { getPrototypeOf } = Object;

/** A method as a function that takes `this` first. */
const uncurried = bind.bind(call);

const { pop, shift, splice, unshift } = Array.prototype;
const { endsWith, includes, slice, split, startsWith } = String.prototype;
const { exec } = RegExp.prototype;
const nextOf = uncurried(getPrototypeOf(new Map().values()).next);
const execOf = uncurried(exec);

/** Whether one of a list's elements passes. */
function some(list, passes) {
  for (let i = 0; i < list.length; i++) if (passes(list[i])) return true;
  return false;
}

/** The first of a list that passes. */
function findFirst(list, passes) {
  for (let i = 0; i < list.length; i++) if (passes(list[i])) return list[i];
  return undefined;
}

function forEach(list, act) {
  for (let i = 0; i < list.length; i++) act(list[i]);
}

/** The last first. */
function fromLast(list, act) {
  for (let i = list.length - 1; i >= 0; i--) act(list[i]);
}

/** The keys of a Map of leakline's own. */
function keysOf(map) {
  const keys = [];
  map.forEach((_, key) => {
    keys[keys.length] = key;
  });
  return keys;
}

/** Takes all out of a list. */
function drain(list) {
  const taken = [];
  for (let i = 0; i < list.length; i++) taken[i] = list[i];
  list.length = 0;
  return taken;
}

module.exports = {
  max: Math.max,
  min: Math.min,
  floor: Math.floor,
  round: Math.round,
  trunc: Math.trunc,
  log: Math.log,
  log1p: Math.log1p,
  log2: Math.log2,
  clz32: Math.clz32,
  random: Math.random,
  hasOwn: Object.hasOwn,
  keys: Object.keys,
  defineProperty: Object.defineProperty,
  getOwnPropertyDescriptor: Object.getOwnPropertyDescriptor,
  getOwnPropertySymbols: Object.getOwnPropertySymbols,
  ownKeys: Reflect.ownKeys,
  deleteProperty: Reflect.deleteProperty,
  stringify: JSON.stringify,
  parse: JSON.parse,
  isArray: Array.isArray,
  uncurried,
  deref: uncurried(WeakRef.prototype.deref),
  pop: uncurried(pop),
  shift: uncurried(shift),
  splice: uncurried(splice),
  unshift: uncurried(unshift),
  startsWith: uncurried(startsWith),
  endsWith: uncurried(endsWith),
  includes: uncurried(includes),
  slice: uncurried(slice),
  split: uncurried(split),
  /** Whether a text matches. */
  matches: (pattern, text) => execOf(pattern, text) !== null,
  /** The next of an iterator of a Map or a Set of leakline's own. */
  nextOf,
  some,
  findFirst,
  forEach,
  fromLast,
  drain,
  keysOf,
};
