'use strict';

/** Finds out about what grew: who holds it, and the line that made it. */

const { Module } = require('node:module');
const { Map, Set } = require('../base/originals.js');
const { createSources, ownerOf, frameAt } = require('./sources.js');
const { createLines, makersOf, IN_PLAIN_OBJECT } = require('./lines.js');
const { nodesOwn } = require('./nodes-own.js');
const { createOwners } = require('./owners.js');
const { createPaths } = require('./paths.js');
const { insertionsInto, callsOf } = require('./text.js');

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;

/** Lines that may have done it; of more nothing is learnt. */
const MAX_CANDIDATES = 32;

/**
 * @typedef {object} Named
 * @property {string} heldBy `TaskProcessor.subscribers`; '' where it is unknown
 * @property {import('../index.js').Frame | null} frame the line that made it
 * @property {boolean} [isGuess] whether something else may have made it; then `frame` counts only if it ran
 * @property {import('../index.js').Frame[]} [inserters] lines that may put entries in; the only one of them that ran does
 */

/**
 * @param {import('./inspector.js').Inspector} inspector
 * @param {object[]} objects all that live
 * @param {ReturnType<typeof import('./counts.js').createCounts>} counts
 * @param {Function | null} fn what is checked: its variables are looked at first
 * @param {object} native the addon
 */
function createNames(inspector, objects, counts, fn, native) {
  const sources = createSources(inspector);
  const lines = createLines(sources, (held) => counts.holdersOf(objects, held));
  const owners = createOwners(inspector, sources, objects, native);

  /** @param {Map<string, { object: object, holder: object, property: string }>} examples by the place's name */
  function ofPlaces(examples) {
    if (examples.size === 0) return [];
    const wanted = new Set();
    examples.forEach(({ object }) => wanted.add(object));
    const { listeners } = owners.containersOf(wanted);
    const names = [...examples.keys()];
    const found = lines.find([...examples.values()]);
    return names.map((name, i) => {
      const { object, holder, property } = examples.get(name);
      if (listeners.has(object)) return [name, null]; // reported as listeners
      return [name, isModule(holder) && property === 'children' ? childrenOf(holder) : ofTheProgram(found[i])];
    });
  }

  /**
   * What no property holds: variables, private fields, lists in other collections; and objects used as Maps.
   * @param {Map<object, string>} alone by collection, the name it goes by
   */
  function ofAlone(alone) {
    const { containers, listeners } = owners.containersOf(alone);
    const wanted = new Set();
    // Each stands for what holds it: its container, where there is one.
    alone.forEach((_, object) => !listeners.has(object) && wanted.add(containers.get(object) ?? object));
    const holders = counts.holdersOf(objects, wanted);
    holders.forEach((_, object) => wanted.delete(object));
    const ofNode = nodesOwn(objects, wanted, counts.isOpaque, native);
    ofNode.forEach((object) => wanted.delete(object));
    const variables = wanted.size === 0 ? new Map() : owners.variablesOf(wanted, fn);
    const named = [];
    alone.forEach((name, object) => {
      if (listeners.has(object)) return named.push([name, null]); // counted as listeners
      const held = containers.get(object) ?? object;
      if (ofNode.has(held)) return named.push([name, null]);
      const found = variables.get(held) ?? (holders.has(held) ? lines.find([holders.get(held)])[0] : { name: '', frame: null });
      const heldBy = held === object || found.name === '' ? found.name : `in ${found.name}`;
      if (found.owner === 'leakline') return named.push([name, null]);
      const about = ofTheProgram({ ...found, name: heldBy });
      if (about !== null && held === object) about.inserters = insertersOf(found, holders.get(held));
      return named.push([name, about]);
    });
    return named;
  }

  /** Lines that put properties into an object under computed names: in the script of its variable or of its holder's class. */
  function insertersOf({ name, script, frame }, holder) {
    const text = holder === undefined ? name : `.${holder.property}`;
    const code = script ?? scriptOf(holder?.holder) ?? (frame === null ? null : sources.ofFile(frame.file));
    if (code === null || code === undefined || text === '') return [];
    const found = insertionsInto(code.code, text);
    return found.length > MAX_CANDIDATES ? [] : found.map((at) => frameAt(code, at, null));
  }

  function scriptOf(holder) {
    const maker = typeof holder === 'function' ? holder : holder === undefined ? undefined : makersOf(holder)[0];
    const location = maker === undefined ? null : sources.locationOf(maker);
    return location === null ? null : sources.source(location.scriptId);
  }

  /** The list of a module's children: `require()` adds to it each time that the cache does not have the module. */
  function childrenOf(module) {
    const script = sources.ofFile(module.filename);
    if (script === null) return null;
    const calls = callsOf(script.code, 'require');
    const inserters = calls.length > MAX_CANDIDATES ? [] : calls.map((at) => frameAt(script, at, null));
    return { heldBy: 'module.children', frame: null, inserters };
  }

  return { ofPlaces, ofAlone, paths: createPaths({ objects, counts, lines, owners, fn }) };
}

/** A module of CommonJS, which is Node's. */
function isModule(holder) {
  return getPrototypeOf(holder) === Module.prototype && typeof getOwnPropertyDescriptor(holder, 'filename')?.value === 'string';
}

/** @returns {Named | null} null for Node's own and for ours */
function ofTheProgram({ name, frame, isGuess = false }) {
  const owner = frame === null ? null : ownerOf(frame.file);
  if (owner === 'leakline' || owner === 'node') return null;
  return { heldBy: name === IN_PLAIN_OBJECT ? `in ${name}` : name, frame, isGuess };
}

module.exports = { createNames };
