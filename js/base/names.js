'use strict';

const { types } = require('node:util');
const { WeakMap } = require('./originals.js');
const { cut } = require('./cut.js');

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;

/** The name of an object's class, found without running code of the program's. */
function classNameOf(object) {
  let holder = object;
  while (holder !== null && (typeof holder === 'object' || typeof holder === 'function') && !types.isProxy(holder)) {
    const maker = getOwnPropertyDescriptor(holder, 'constructor')?.value;
    if (typeof maker === 'function') return functionNameOf(maker) || 'Object';
    holder = getPrototypeOf(holder);
  }
  return 'Object';
}

/** As `classNameOf`, which is asked once for each prototype; for objects that are no Proxies. */
function createClasses() {
  const names = new WeakMap();
  return (object) => {
    const prototype = getPrototypeOf(object);
    if (prototype === null) return 'Object';
    let name = names.get(prototype);
    if (name === undefined) names.set(prototype, (name = cut(classNameOf(prototype))));
    return name;
  };
}

/** A function's or class's name; '' when it has none that is a plain string. */
function functionNameOf(maker) {
  if (types.isProxy(maker)) return '';
  const name = getOwnPropertyDescriptor(maker, 'name')?.value;
  return typeof name === 'string' ? cut(name) : '';
}

/** An event's name, as a label shows it. */
function showEvent(type) {
  return typeof type === 'symbol' ? cut(String(type)) : `'${cut(type)}'`;
}

module.exports = { classNameOf, createClasses, functionNameOf, showEvent };
