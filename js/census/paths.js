'use strict';

/** The way from a variable or a class to what it holds, through plain objects and collections: `kept[…].items`. */

const { Map, Set } = require('../base/originals.js');
const { ownerOf } = require('./sources.js');
const { isPlainObject } = require('./holders.js');

/** Steps followed upwards. */
const MAX_STEPS = 5;
/** A property of this name is an index. */
const INDEX = /^(?:0|[1-9]\d*)$/;

/**
 * @param {object} options
 * @param {object[]} options.objects all that live
 * @param {ReturnType<typeof import('./counts.js').createCounts>} options.counts
 * @param {ReturnType<typeof import('./lines.js').createLines>} options.lines
 * @param {ReturnType<typeof import('./owners.js').createOwners>} options.owners
 * @param {Function | null} options.fn whose variables are looked at first
 */
function createPaths({ objects, counts, lines, owners, fn }) {
  /**
   * @param {Map<object, unknown> | Set<object>} wanted
   * @returns {Map<object, { name: string, frame: object | null }>} those that have a way
   */
  return function pathsTo(wanted) {
    const found = new Map();
    /** By object on the way: what was asked for, and the text from there on. */
    let open = new Map();
    for (const each of wanted.keys()) open.set(each, [{ target: each, rest: '' }]);
    const seen = new Set();
    for (let step = 0; step < MAX_STEPS && open.size > 0; step++) {
      for (const each of open.keys()) seen.add(each);
      const left = new Set();
      for (const each of open.keys()) left.add(each);
      const holders = counts.holdersOf(objects, left);
      const { containers } = owners.containersOf(open);
      const next = new Map();
      const climb = (to, from, text) => {
        left.delete(from);
        if (seen.has(to)) return;
        const ways = open.get(from).map(({ target, rest }) => ({ target, rest: text + rest }));
        next.set(to, [...(next.get(to) ?? []), ...ways]);
      };
      const ends = (from, name, frame) => {
        left.delete(from);
        if (name === '' || (frame !== null && ownerOf(frame.file) === 'leakline')) return;
        for (const { target, rest } of open.get(from)) found.set(target, { name: name + rest, frame });
      };
      const classes = [];
      holders.forEach((place, object) => {
        const { holder, property } = place;
        if (typeof holder !== 'object' || !isPlainObject(holder)) classes.push([object, place]);
        else climb(holder, object, INDEX.test(property) ? '[…]' : `.${property}`);
      });
      containers.forEach((container, object) => left.has(object) && climb(container, object, '[…]'));
      lines.find(classes.map(([, place]) => place)).forEach(({ name, frame }, i) => ends(classes[i][0], name, frame));
      // A variable of the program's may hold what is on the way as well.
      const plain = new Set();
      for (const each of left) plain.add(each);
      if (step > 0 || plain.size > 0) owners.variablesOf(plain, fn).forEach(({ name, frame }, object) => ends(object, name, frame));
      open = next;
    }
    return found;
  };
}

module.exports = { createPaths };
