'use strict';

/** Finds out about what grew: who holds it, and the line that made it. */

const { Map, Set } = require('../base/originals.js');
const { createSources, ownerOf } = require('./sources.js');
const { createLines } = require('./lines.js');
const { createOwners } = require('./owners.js');

/**
 * @typedef {object} Named
 * @property {string} heldBy `TaskProcessor.subscribers`; '' when nobody knows
 * @property {import('../index.js').Frame | null} frame the line that made it
 */

/**
 * @param {import('./inspector.js').Inspector} inspector
 * @param {object[]} objects all that live
 * @param {ReturnType<typeof import('./counts.js').createCounts>} counts
 * @param {Function} fn what is checked: its variables are looked at first
 */
function createNames(inspector, objects, counts, fn) {
  const sources = createSources(inspector);
  const lines = createLines(sources, (held) => counts.holdersOf(objects, held));

  /** @param {Map<string, { holder: object, property: string }>} examples by the place's name */
  function ofPlaces(examples) {
    const names = [...examples.keys()];
    const found = lines.find([...examples.values()]);
    return names.map((name, i) => [name, ofTheProgram(found[i])]);
  }

  /**
   * What no property holds: variables, private fields, lists in other collections.
   * @param {Map<object, string>} alone by collection, the name it goes by
   */
  function ofAlone(alone) {
    const owners = createOwners(inspector, sources, objects);
    const { containers, listeners } = owners.containersOf(alone);
    const wanted = new Set();
    // Each stands for what holds it: its container, where there is one.
    alone.forEach((_, object) => !listeners.has(object) && wanted.add(containers.get(object) ?? object));
    const holders = counts.holdersOf(objects, wanted);
    holders.forEach((_, object) => wanted.delete(object));
    const variables = wanted.size === 0 ? new Map() : owners.variablesOf(wanted, fn);
    const named = [];
    alone.forEach((name, object) => {
      if (listeners.has(object)) return named.push([name, null]); // counted as listeners
      const held = containers.get(object) ?? object;
      const found = variables.get(held) ?? (holders.has(held) ? lines.find([holders.get(held)])[0] : { name: '', frame: null });
      const heldBy = held === object || found.name === '' ? found.name : `in ${found.name}`;
      return named.push([name, found.owner === 'leakline' ? null : ofTheProgram({ ...found, name: heldBy })]);
    });
    return named;
  }

  return { ofPlaces, ofAlone };
}

/** @returns {Named | null} null for Node's own and for ours */
function ofTheProgram({ name, frame }) {
  const owner = frame === null ? null : ownerOf(frame.file);
  return owner === 'leakline' || owner === 'node' ? null : { heldBy: name, frame };
}

module.exports = { createNames };
