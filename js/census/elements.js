'use strict';

/** What a collection holds, by class: never the elements themselves. */

const { types } = require('node:util');
const { NativeMap, NativeSet, apply } = require('../base/originals.js');
const { classNameOf } = require('../base/names.js');

const { getOwnPropertyDescriptor, hasOwn, keys } = Object;
const { forEach: eachOfMap } = NativeMap.prototype;
const { forEach: eachOfSet } = NativeSet.prototype;

/** Elements looked at: the last ones of an array, which came last; the first ones of a Map or Set. */
const MOST = 64;

/** The class that all of them have; null when they are several, or there is none. */
function elementsOf(kind, collection) {
  let name = null;
  let isOne = true;
  let seen = 0;
  const see = (value) => {
    if (seen++ >= MOST) return;
    const own = nameOf(value);
    if (name === null) name = own;
    else if (name !== own) isOne = false;
  };
  if (kind === 'map') apply(eachOfMap, collection, [see]);
  else if (kind === 'set') apply(eachOfSet, collection, [see]);
  else if (kind === 'object') {
    for (const key of keys(collection).slice(-MOST)) see(getOwnPropertyDescriptor(collection, key)?.value);
  } else {
    for (let i = Math.max(0, collection.length - MOST); i < collection.length; i++) if (hasOwn(collection, i)) see(getOwnPropertyDescriptor(collection, i)?.value);
  }
  return isOne ? name : null;
}

function nameOf(value) {
  if (value === null) return 'null';
  if (typeof value === 'function') return 'Function';
  if (typeof value !== 'object') return typeof value;
  return types.isProxy(value) ? 'Proxy' : classNameOf(value);
}

module.exports = { elementsOf };
