'use strict';

/** Where a walk through the program begins: what its modules export, globals, and the functions that Node calls. */

const { Module } = require('node:module');
const { types } = require('node:util');
const { join, sep } = require('node:path');
const { NativeMap } = require('../../base/originals.js');
const { mainGlobal } = require('../../base/realm.js');

const { isArray } = Array;
const { getOwnPropertyDescriptor, getOwnPropertySymbols, keys } = Object;
const { apply, ownKeys } = Reflect;
const { forEach: eachOfMap } = NativeMap.prototype;
const isTarget = Object.prototype.isPrototypeOf.bind(EventTarget.prototype);

const OURS = join(__dirname, '..', '..') + sep;
/** Handles whose listeners are looked at: servers come first, then the sockets of clients. */
const MAX_HANDLES = 100;
/** Listeners of one event that are looked at. */
const MAX_LISTENERS = 8;
/** Modules that one has required: more are looked at. */
const MANY_CHILDREN = 30;
/** Where Node has the function of a timer, and that of an entry in an event target's list. */
const CALLED = ['_onTimeout', 'callback', 'listener'];

/**
 * @param {(value: unknown, name: string, file: string, isLate?: boolean) => void} add takes a root; `name` is '' where what is
 * reached from it by properties alone has none; `isLate` where what is reached in another way has a better name
 * @param {(each: object) => void} skip takes what is not to be visited
 * @param {((see: import('../../hooks/context.js').See) => void) | null} showAll shows what is recorded; null where that is too much
 * @returns {Generator<void>} the parts of this work: a program has thousands of modules. It holds none of them between two parts
 */
function* rootsTo(add, skip, showAll) {
  for (const each of [mainGlobal, globalThis, process, console]) skip(each);
  const cache = getOwnPropertyDescriptor(Module, '_cache')?.value;
  if (typeof cache === 'object' && cache !== null && !types.isProxy(cache)) {
    skip(cache);
    for (const file of keys(cache)) {
      ofModule(cache, file, add, skip);
      yield;
    }
  }
  for (const name of keys(mainGlobal)) {
    const value = getOwnPropertyDescriptor(mainGlobal, name)?.value;
    if (typeof value === 'object') add(value, `globalThis.${name}`, '');
  }
  yield;
  const addFunction = (each) => add(each, '', '');
  listenersOf(process, addFunction);
  const handles = process._getActiveHandles?.() ?? [];
  for (let i = 0; i < handles.length && i < MAX_HANDLES; i++) listenersOf(handles[i], addFunction);
  yield;
  const shown = [];
  showAll?.((_, object) => {
    if (typeof object === 'function' || (typeof object === 'object' && object !== null)) shown.push(new WeakRef(object));
  });
  for (const reference of shown) {
    calledBy(reference.deref(), addFunction);
    yield;
  }
}

/** The function that is registered: a listener, of an entry in a list, or of a timer. */
function calledBy(object, add) {
  if (typeof object === 'function') add(object);
  else if (typeof object === 'object' && object !== null && !types.isProxy(object)) {
    for (const key of CALLED) if (typeof getOwnPropertyDescriptor(object, key)?.value === 'function') return add(getOwnPropertyDescriptor(object, key).value);
  }
  return undefined;
}

function ofModule(cache, file, add, skip) {
  const module = getOwnPropertyDescriptor(cache, file)?.value;
  if (typeof module !== 'object' || module === null || types.isProxy(module)) return;
  skip(module);
  const exported = getOwnPropertyDescriptor(module, 'exports')?.value;
  const isObject = typeof exported === 'object' && exported !== null && !types.isProxy(exported);
  if (file.startsWith(OURS)) {
    if (isObject) skip(exported);
    return;
  }
  // What a variable holds as well has a better name by that: so first what is exported of functions.
  if (isObject) for (const key of keys(exported)) if (typeof getOwnPropertyDescriptor(exported, key)?.value === 'function') add(getOwnPropertyDescriptor(exported, key).value, '', '');
  add(exported, 'exports', file, true);
  // Each require() of what was deleted from the cache adds one, and holds the module that was there before.
  const children = getOwnPropertyDescriptor(module, 'children')?.value;
  if (isArray(children) && !types.isProxy(children) && children.length >= MANY_CHILDREN) add(children, 'module.children', file);
}

/**
 * The functions that listen on an emitter or an event target.
 * @param {(listener: unknown) => void} add
 */
function listenersOf(emitter, add) {
  if (typeof emitter !== 'object' || emitter === null || types.isProxy(emitter)) return;
  const events = getOwnPropertyDescriptor(emitter, '_events')?.value;
  if (typeof events === 'object' && events !== null && !types.isProxy(events)) ofEvents(events, add);
  if (!isTarget(emitter)) return;
  const key = getOwnPropertySymbols(emitter).find(({ description }) => description === 'kEvents');
  const byType = key === undefined ? undefined : getOwnPropertyDescriptor(emitter, key)?.value;
  if (types.isMap(byType)) apply(eachOfMap, byType, [(root) => ofList(root, add)]);
}

function ofEvents(events, add) {
  for (const event of ownKeys(events)) {
    const list = getOwnPropertyDescriptor(events, event)?.value;
    if (typeof list === 'function') add(list);
    else if (isArray(list) && !types.isProxy(list)) for (let i = 0; i < list.length && i < MAX_LISTENERS; i++) add(getOwnPropertyDescriptor(list, i)?.value);
  }
}

/** Node's list of an event's listeners. */
function ofList(root, add) {
  let entry = root?.next;
  for (let i = 0; i < MAX_LISTENERS && typeof entry === 'object' && entry !== null; i++, entry = entry.next) calledBy(entry, add);
}

module.exports = { listenersOf, rootsTo };
