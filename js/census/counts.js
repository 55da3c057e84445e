'use strict';

/**
 * What the censuses of a check count: the collections of each place, and how many entries they have.
 * A place is a property of a class. A collection that no property holds is counted by itself, as
 * long as it grows. Held are the places' names and numbers; collections only weakly.
 */

const { Map, Set } = require('../base/originals.js');
const { isOwnList } = require('../base/own-lists.js');
const { kindOf, sizeOf } = require('./entries.js');
const { createPlaces } = require('./holders.js');
const { createTables } = require('./tables.js');

/** Collections that a check counts: to know 3 million of them weakly takes minutes. */
const MAX_COUNTED = 500_000;
/** Places counted; a program has some thousands. */
const MAX_PLACES = 50_000;
/** Collections without a place that are reported, the fastest growing ones. */
const MAX_UNPLACED = 50;

/** @param {string[] | null} kinds that are counted; null for all */
function createCounts(kinds) {
  const { find, isOpaque } = createPlaces();
  const tables = createTables();
  const areTablesWanted = kinds === null || kinds.includes('object');
  const isWanted = (kind) => kind !== null && (kinds === null || kinds.includes(kind));
  /** Entries at the first census. */
  const first = new WeakMap();
  /** Entries at each later census, of collections that no property holds, while they grow. */
  const growing = new WeakMap();
  /** By kind and place: its counts at each census. */
  const places = new Map();
  const rounds = [];
  /** What the last census found without a place, and growing. */
  let unplaced = [];

  /** @param {{ has(object: object): boolean }} recorded Maps and Sets that leakline saw being made */
  function wantedOf(objects, recorded) {
    const wanted = new Map();
    const isFirst = rounds.length === 0;
    for (const object of objects) {
      const kind = kindOf(object);
      if (!isWanted(kind) || isOwnList(object)) continue;
      const size = sizeOf(kind, object);
      // A Map that is made during a check is seen by its constructor.
      if (isFirst ? kind === 'array' || !recorded.has(object) : kind === 'array' || first.has(object)) {
        wanted.set(object, { kind, size, before: isFirst ? size : first.get(object), places: [] });
        if (isFirst) first.set(object, size);
        if (wanted.size > MAX_COUNTED) throw new Error(`there are more than ${MAX_COUNTED} collections`);
      }
    }
    return wanted;
  }

  function add(entry, key) {
    if (entry.places.includes(key)) return;
    entry.places.push(key);
    const name = `${entry.kind} ${key}`;
    let place = places.get(name);
    if (place === undefined) {
      if (places.size >= MAX_PLACES) return;
      places.set(name, (place = []));
    }
    const at = rounds.length;
    while (place.length <= at) place.push([0, 0, 0]);
    const seen = place[at];
    seen[0]++;
    if (entry.before !== undefined) seen[1] += entry.size;
    seen[2] += entry.size;
  }

  /** One that no property holds: only if it has grown each time. */
  function addAlone(object, { kind, size, before }) {
    if (before === undefined || rounds.length === 0) return;
    // One of a census that does not count any more is dropped.
    const earlier = rounds.length === 1 ? [] : growing.get(object)?.slice(0, rounds.length - 1);
    if (earlier?.length !== rounds.length - 1 || size <= (earlier.at(-1) ?? before)) return;
    const sizes = [...earlier, size];
    growing.set(object, sizes);
    unplaced.push({ object, kind, sizes: [before, ...sizes] });
  }

  return {
    areTablesWanted,
    isOpaque,

    /**
     * A census.
     * @param {object[]} objects all that live
     * @param {number} round how many are over
     * @param {{ has(object: object): boolean }} recorded Maps and Sets that leakline saw being made
     * @param {((value: object) => void) | null} held called with each object that a property holds; it may add to `objects`
     */
    count(objects, round, recorded, held) {
      const wanted = wantedOf(objects, recorded);
      unplaced = [];
      const at = rounds.length;
      const holder = (object, properties) => typeof object === 'object' && tables.add(object, properties, at);
      tables.begin();
      find(objects, wanted, (object, key) => add(wanted.get(object), key), areTablesWanted ? { holder, value: held } : null);
      wanted.forEach((entry, object) => entry.places.length === 0 && addAlone(object, entry));
      wanted.clear();
      if (areTablesWanted && at === 0) tables.endOfFirst();
      rounds.push(round);
    },

    /** The last census does not count: another is taken in its place. */
    forgetLast() {
      rounds.pop();
      places.forEach((place) => (place.length = Math.min(place.length, rounds.length)));
      unplaced = [];
      tables.forget();
    },

    /**
     * What was counted, for the addon to judge, and what its numbers stand for: a place by its name,
     * or a collection that has none, which is let go of by this.
     */
    take() {
      const known = [...places.keys()];
      const seen = known.map((name) => padded(places.get(name), rounds.length));
      const growthOf = ({ sizes }) => sizes.at(-1) - sizes[0];
      const alone = unplaced.sort((a, b) => growthOf(b) - growthOf(a)).slice(0, MAX_UNPLACED);
      unplaced = [];
      alone.push(...tables.take());
      for (const { sizes } of alone) seen.push(sizes.map((size) => [1, size, size]));
      return { counted: JSON.stringify({ rounds, places: seen }), known: [...known, ...alone] };
    },

    /**
     * The collections of some places, each with its holder and the property.
     * @param {{ has(name: string): boolean }} names of the places
     */
    membersOf(objects, names, see) {
      const all = { has: (object) => isWanted(kindOf(object)) };
      find(objects, all, (object, key, holder, property) => {
        const kind = kindOf(object);
        const name = `${kind} ${key}`;
        if (names.has(name)) see(name, { kind, object, holder, property });
      });
    },

    /** Whether it was not there at the first census; for arrays. */
    isNew: (object) => !first.has(object),

    /** Whether it was there at the first census and has grown since. */
    hasGrown: (kind, object) => (kind === 'object' ? tables.hasGrown(object) : sizeOf(kind, object) > first.get(object)),

    /** Whose property each of some objects is. */
    holdersOf(objects, held) {
      const holders = new Map();
      const wanted = new Set();
      for (const each of held) wanted.add(each);
      find(objects, wanted, (object, _, holder, property) => {
        if (!holders.has(object)) holders.set(object, { holder, property });
      });
      return holders;
    },
  };
}

function padded(place, length) {
  return Array.from({ length }, (_, i) => place[i] ?? [0, 0, 0]);
}

module.exports = { createCounts };
