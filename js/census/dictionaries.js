'use strict';

/**
 * Objects without a prototype, which no census lists: `Object.create(null)`. Found are those that a property holds, and
 * those in variables of the application's modules.
 */

const { types } = require('node:util');
const { Set, now } = require('../base/originals.js');
const { inOrder } = require('./functions.js');
const { createSources } = require('./sources.js');

const { isArray } = Array;
const { getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;

/** How long variables are asked for, in ms. */
const SEARCH_MS = 60;

/**
 * @param {object} native the addon
 * @param {(object: object) => boolean} isOpaque whose properties are not read
 */
function createDictionaries(native, isOpaque) {
  /** Those in variables, found at the first census. */
  let variables = [];

  function inVariables(inspector, objects) {
    const sources = createSources(inspector);
    const seen = new Set();
    let until = 0;
    for (const each of inOrder(native, sources, objects)) {
      if (until === 0) until = now() + SEARCH_MS;
      if (now() > until) return;
      const { internalProperties = [] } = inspector.propertiesOf(inspector.idOf(each));
      const location = internalProperties.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value;
      // Those of one module come before the next one's second.
      if (location === undefined || seen.has(location.scriptId) || sources.ownerOfScript(location.scriptId) !== 'application') return;
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
     * Adds them to what a census lists.
     * @param {import('./inspector.js').Inspector} inspector
     * @param {object[]} objects
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
      for (let i = 0; i < objects.length; i++) {
        const holder = objects[i];
        if (isArray(holder) || isOpaque(holder)) continue;
        const names = keys(holder);
        for (let n = 0; n < names.length; n++) add(getOwnPropertyDescriptor(holder, names[n])?.value);
      }
    },
  };
}

function isDictionary(value) {
  return typeof value === 'object' && value !== null && !types.isProxy(value) && getPrototypeOf(value) === null && !types.isModuleNamespaceObject(value);
}

module.exports = { createDictionaries };
