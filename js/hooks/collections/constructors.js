'use strict';

/**
 * The constructors Map and Set of a realm, replaced and put back.
 */

const { types } = require('node:util');
const { NativeMap, NativeSet, construct } = require('../../base/originals.js');
const { pendingErrors, MAX_PENDING } = require('../../base/internal-errors.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { copyProperties, heal } = require('../wrap.js');

const { defineProperty, getOwnPropertyDescriptor } = Object;

/**
 * Replaces a realm's constructor. The replacement is a bound function, so that it prints as native
 * code: lodash and others test for that before they use a Map.
 * @param {object} realm
 * @param {'Map' | 'Set'} name
 * @param {number} kind
 * @param {(kind: number, instance: object, maker: Function, hook: Function) => void} made called with each instance
 * @returns {() => void} puts it back
 * @throws when it is another's already, or cannot be replaced
 */
function replaceConstructor(realm, name, kind, made) {
  const before = getOwnPropertyDescriptor(realm, name);
  const original = before?.value;
  if (!isIntrinsic(original, realm, name)) throw new TypeError(`${name} is another's already`);
  const places = [{ holder: realm, key: name }, { holder: original.prototype, key: 'constructor' }];
  const patch = { original, wrapper: null, places, active: true, undo, kind, made };
  const replacement = constructorOf(name, patch).bind(undefined);
  patch.wrapper = replacement;
  copyProperties(original, replacement);
  const constructorBefore = getOwnPropertyDescriptor(original.prototype, 'constructor');
  defineProperty(realm, name, { ...before, value: replacement });
  try {
    defineProperty(original.prototype, 'constructor', { ...constructorBefore, value: replacement });
  } catch (error) {
    defineProperty(realm, name, before);
    throw error;
  }
  return undo;

  function undo() {
    patch.active = false;
    restore(realm, name, before);
    restore(original.prototype, 'constructor', constructorBefore);
  }

  function restore(holder, key, descriptor) {
    if (getOwnPropertyDescriptor(holder, key)?.value === replacement) defineProperty(holder, key, descriptor);
  }
}

function constructorOf(name, patch) {
  function Collection(iterable) {
    let instance;
    try {
      // Called without `new` it throws as ever.
      const { original } = patch;
      if (new.target === undefined) instance = original();
      else if (new.target !== Collection) instance = construct(patch.original, arguments, new.target);
      else instance = arguments.length === 0 ? new patch.original() : new patch.original(iterable);
    } catch (error) {
      throw withoutOurs(error, Collection); // node-do-not-add-exception-line
    }
    if (patch.active) {
      try {
        patch.made(patch.kind, instance, new.target === Collection ? patch.original : new.target, Collection);
      } catch (error) {
        if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: `a ${name} was not recorded`, error };
      }
    } else heal(patch);
    return instance;
  }
  Collection.prototype = patch.original.prototype;
  defineProperty(Collection, 'name', { value: name }); // V8 names it in messages
  return Collection;
}

/** Whether it is the realm's own Map or Set, not somebody's stand-in. */
function isIntrinsic(constructor, realm, name) {
  if (realm === globalThis) return constructor === (name === 'Map' ? NativeMap : NativeSet);
  const isOne = name === 'Map' ? types.isMap : types.isSet;
  return typeof constructor === 'function' && constructor.prototype?.constructor === constructor && isOne(new constructor());
}

module.exports = { replaceConstructor };
