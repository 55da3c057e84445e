'use strict';

/**
 * Objects that do not inherit from `Object.prototype`, which no census lists: `Object.create(null)`. Found are those
 * that a property holds, and those in variables of the application's modules.
 */

const { types } = require('node:util');
const { Set } = require('../base/originals.js');
const { createBudget } = require('./budget.js');
const { ofApplication } = require('./functions.js');
const { createSources } = require('./sources.js');

const { getPrototypeOf, hasOwn, prototype: ObjectPrototype } = Object;

/** How long variables are asked for, in ms of processor time. */
const SEARCH_MS = 60;

/** @param {object} native the addon */
function createDictionaries(native) {
  /** Those in variables, found at the first census. */
  let variables = [];

  function inVariables(inspector, objects) {
    const sources = createSources(inspector);
    const seen = new Set();
    let isSpent = null;
    for (const each of ofApplication(native, sources, objects)) {
      isSpent ??= createBudget(native, SEARCH_MS);
      if (isSpent()) return;
      const { internalProperties = [] } = inspector.propertiesOf(inspector.idOf(each));
      const location = internalProperties.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value;
      if (location === undefined || seen.has(location.scriptId)) continue;
      seen.add(location.scriptId);
      const scopes = internalProperties.find(({ name }) => name === '[[Scopes]]')?.value?.objectId;
      for (const { value: scope } of scopes === undefined ? [] : inspector.propertiesOf(scopes).result) {
        if (!/^(?:Closure|Module)/.test(scope?.description ?? '')) continue;
        for (const { value } of inspector.propertiesOf(scope.objectId).result) {
          if (value?.type !== 'object' || value.objectId === undefined || value.subtype !== undefined) continue;
          const object = inspector.take(value.objectId);
          if (isDictionary(object)) variables.push(new WeakRef(object));
        }
      }
      inspector.letGo();
    }
  }

  return {
    /**
     * Adds those in variables to what a census lists.
     * @param {object[]} objects
     * @param {import('./inspector.js').Inspector} inspector
     * @param {boolean} isFirst
     * @returns {(value: object) => void} to be called with each object that a property holds: adds it, where it is one
     */
    addTo(objects, inspector, isFirst) {
      if (isFirst) inVariables(inspector, objects);
      const known = new Set();
      const add = (value) => {
        if (!isDictionary(value) || known.has(value)) return;
        known.add(value);
        objects.push(value);
      };
      variables = variables.filter((each) => each.deref() !== undefined);
      for (const each of variables) add(each.deref());
      return add;
    },
  };
}

function isDictionary(value) {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype = getPrototypeOf(value);
  if (prototype === null) return !types.isModuleNamespaceObject(value);
  return prototype !== ObjectPrototype && isBare(prototype);
}

/** Whether what inherits from it inherits nothing else: some packages have a class of such objects. */
function isBare(prototype) {
  return !types.isProxy(prototype) && getPrototypeOf(prototype) === null && !hasOwn(prototype, 'hasOwnProperty');
}

module.exports = { createDictionaries };
