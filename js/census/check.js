'use strict';

/**
 * The censuses of a check: before the first round, in the middle, and after the last round; after the first round too where
 * that is cheap. What costs is the garbage that V8 collects for each. A finding grows between every
 * two of them, so there is none any more once nothing has. Who fills what grew is seen from the first
 * time on. It is named then where a property holds it; who else holds it takes a search, which only
 * findings get, at the last census.
 */

const { Map, Set, now } = require('../base/originals.js');
const { noteOnce } = require('../base/internal-errors.js');
const { createInserters } = require('../hooks/collections/inserters.js');
const { inspecting } = require('./inspector.js');
const { createCounts } = require('./counts.js');
const { createCoverage } = require('./coverage.js');
const { createDictionaries } = require('./dictionaries.js');
const { createNames } = require('./names.js');
const { createRetained } = require('./retained.js');
const { createTally } = require('./tally.js');
const { elementsOf } = require('./elements.js');
const { sizeOf } = require('./entries.js');
const { spotOf } = require('./sources.js');

/** Most collections of one place that a proof gets. */
const MAX_MEMBERS = 20_000;
/** Bytes of an element of the list of objects. */
const POINTER = 8;
/** A census that takes so many ms at the most is taken after the first round as well: mostly it is the last, as nothing grows. */
const CHEAP_MS = 50;

/**
 * @param {object} options
 * @param {object} options.native the addon
 * @param {import('../hooks/context.js').Context} options.context of the recording
 * @param {object} options.realm whose objects are counted
 * @param {Function} options.fn what is checked
 * @param {number} options.rounds
 * @param {string[] | null} options.kinds that are wanted
 */
function createCheckCensus({ native, context, realm, fn, rounds, kinds }) {
  const counts = createCounts(kinds);
  const dictionaries = createDictionaries(native);
  const tally = createTally();
  const coverage = createCoverage();
  const inserters = createInserters(tally.contextFor(context));
  const numbers = native.layout();
  /** By name: the place; null where nothing holds it. */
  const named = new Map();
  let pauseMs = 0;
  let firstMs = 0;
  let isOver = false;
  /** Whether something has grown between every two censuses so far. */
  let isGrowing = true;
  let found = [];
  const retained = createRetained();
  /** By name: the way to what was made elsewhere. */
  const elsewhere = new Map();
  /** The most entries that a collection gained of which neither the line that made it nor who fills it is known. */
  let unnamed = 0;
  /** By what was found: its collections, held weakly, and whether each was made in the rounds. */
  let grownMembers = [];

  /**
   * Takes a census; the first that fails is the last. One that is taken again finds nothing more. `collected` as in `look`.
   */
  function take(round, isAgain, collected) {
    if (isOver) return;
    const from = now();
    try {
      inspecting(realm, (inspector) => {
        const objects = inspector.objects();
        collected?.(objects.length * POINTER);
        const held = counts.areTablesWanted ? dictionaries.addTo(objects, inspector, round === 0) : null;
        const recorded = new Set();
        if (round === 0) context.eachCollection?.((collection) => recorded.add(collection));
        counts.count(objects, round, recorded, held);
        if (round > 0) judge(inspector, objects, round, isAgain);
        objects.length = 0; // the list itself must retain nothing
      });
    } catch (error) {
      isOver = true;
      found = [];
      noteOnce('no census: arrays, and Maps and Sets older than the recording, are not looked at', error);
    } finally {
      pauseMs += now() - from;
    }
  }

  /** Whether there is a census after a round, as long as something grows. */
  const isPlanned = (round) => round === 0 || round === rounds || round === Math.ceil(rounds / 2) || (round === 1 && firstMs <= CHEAP_MS);

  const isWanted = (round) => isGrowing && isPlanned(round);

  function isLastButOne(round) {
    let next = round + 1;
    while (!isPlanned(next)) next++;
    return next === rounds;
  }

  function judge(inspector, objects, round, isAgain) {
    const isLast = round === rounds;
    inserters.flush();
    const { counted, known } = counts.take();
    const grown = JSON.parse(native.censusGrown(counted)).map((each) => ({ ...each, place: known[each.place] }));
    isGrowing = grown.length > 0;
    if (!isGrowing) return void (found = []);
    const members = membersOf(objects, grown);
    const isNew = new Map();
    if (!isAgain) members.forEach((of, name) => named.has(name) || (isAlone(of) && !isLast) || isNew.set(name, of));
    const names = isNew.size === 0 && !isLast ? null : createNames(inspector, objects, counts, fn, native);
    if (isNew.size > 0) nameAll(names, isNew);
    if (!isLast) {
      members.forEach(watch);
      if (grown.some(isUncertain) || grown.some(({ place }) => isUnnamed(place, round))) coverage.begin();
      return;
    }
    coverage.take();
    nameElsewhere(names, grown, members);
    found = [];
    unnamed = 0;
    grownMembers = [];
    retained.clear();
    for (const each of grown) {
      const name = nameOf(each.place);
      const of = members.get(name);
      const one = toFound(each, of);
      if (isUnnamedGrowth(each, one)) unnamed = Math.max(unnamed, each.total);
      if (one === null) continue;
      found.push(one);
      retained.add(name, of);
      grownMembers.push(weakly(each, of));
    }
  }

  /** The collections of what grew: of instances all, of entries those that have more of them. */
  function weakly({ growth }, of) {
    const isIt = ({ kind, object }) => growth === 'instances' || counts.hasGrown(kind, object) || counts.isNew(object);
    return of.filter(isIt).slice(0, MAX_MEMBERS).map(({ object }) => ({ reference: new WeakRef(object), isNew: growth !== 'instances' || counts.isNew(object) }));
  }

  /** Whether the line that made it, or puts entries in, is known by the source alone. */
  function isUncertain({ place }) {
    const about = named.get(nameOf(place));
    return about !== null && about !== undefined && (about.isGuess === true || about.inserters !== undefined);
  }

  /** Whether the line of one that is not named yet will be asked for: most of what grew once does not again. */
  function isUnnamed(place, round) {
    return typeof place !== 'string' && (place.sizes.length > 2 || isLastButOne(round)) && !named.has(nameOf(place));
  }

  function hasRun(frame) {
    const { scriptId, at } = spotOf(frame);
    return coverage.hasRun(scriptId, at);
  }

  /** Instances pile up, and the line that may have made them did not run: what is known is who holds them. */
  function isElsewhere({ place, growth }) {
    const about = named.get(nameOf(place));
    return growth === 'instances' && about?.isGuess === true && !(about.frame !== null && hasRun(about.frame));
  }

  /** Once for each place. */
  function nameElsewhere(names, grown, members) {
    const examples = new Map();
    for (const each of grown) {
      const name = nameOf(each.place);
      if (elsewhere.has(name) || !isElsewhere(each) || !members.has(name)) continue;
      const of = members.get(name);
      const { object } = of.findLast((member) => counts.isNew(member.object)) ?? of[0];
      examples.set(object, name);
    }
    if (examples.size > 0) names.paths(examples).forEach((path, object) => elsewhere.set(examples.get(object), path));
  }

  /** The only line of several that has run, with its function's name. */
  function theOneThatRan(frames = []) {
    const ran = frames.filter(hasRun);
    if (ran.length !== 1) return [];
    const { scriptId, at } = spotOf(ran[0]);
    return [{ ...ran[0], function: coverage.nameAt(scriptId, at) }];
  }

  /** A place's name; what has none goes by its number. */
  const nameOf = (place) => (typeof place === 'string' ? place : `#${tally.numberOf(place.object)}`);

  /** The collections of each that grew, by its name; those alone have no holder. */
  function membersOf(objects, grown) {
    const members = new Map();
    for (const { place } of grown) members.set(nameOf(place), typeof place === 'string' ? [] : [place]);
    counts.membersOf(objects, members, (name, member) => members.get(name).push(member));
    members.forEach((of, name) => of.length === 0 && members.delete(name));
    return members;
  }

  function nameAll(names, members) {
    const examples = new Map();
    const alone = new Map();
    members.forEach((of, name) => {
      const [first] = of;
      if (isAlone(of)) alone.set(first.object, name);
      else examples.set(name, of.find(({ kind, object }) => counts.hasGrown(kind, object)) ?? first);
    });
    for (const [name, about] of names.ofPlaces(examples)) named.set(name, about);
    if (alone.size > 0) for (const [name, about] of names.ofAlone(alone)) named.set(name, about);
  }

  /** From now on it is seen who fills what has grown. */
  function watch(members, name) {
    if (named.get(name) === null) return;
    for (const { kind, object } of members) {
      if (counts.hasGrown(kind, object)) inserters.watch(object, numbers[kind], tally.numberOf(name));
    }
  }

  /** Whether entries pile up somewhere, and nobody can be named: neither who made it nor who fills it. Node's and leakline's are no such. */
  function isUnnamedGrowth({ place, growth }, one) {
    if (growth !== 'entries' || named.get(nameOf(place)) === null) return false;
    return one === null || (one.stack.length === 0 && one.insertedAt.length === 0 && one.filled.length === 0);
  }

  /** As the addon takes it; null where nothing holds it. */
  function toFound(each, members) {
    const { place, growth, total } = each;
    const name = nameOf(place);
    const about = named.get(name);
    // What nothing is known to hold may be anybody's, also Node's own or leakline's.
    if (!about || members === undefined || about.heldBy === '') return null;
    const { kind } = members[0];
    const sizes = members.map(({ object }) => sizeOf(kind, object));
    const max = sizes.reduce((most, size) => Math.max(most, size));
    const isElse = isElsewhere(each);
    const path = isElse ? elsewhere.get(name) : undefined;
    if (isElse && (path?.frame ?? null) === null) return null;
    const insertedAt = theOneThatRan(about.inserters);
    const frame = isElse ? path.frame : about.frame ?? insertedAt[0] ?? null;
    return {
      kind: numbers[kind],
      heldBy: path?.name ?? about.heldBy,
      growth,
      total,
      elements: elementsOf(kind, members[sizes.indexOf(max)].object),
      grownOld: members.filter(({ object }) => counts.hasGrown(kind, object)).length,
      size: { total: sizes.reduce((sum, size) => sum + size), max },
      stack: frame === null ? [] : [frame],
      insertedAt,
      madeElsewhere: isElse,
      ...tally.of(name),
    };
  }

  return {
    /** Whether one is taken before the first round, or after a round. */
    isWanted,

    /**
     * Before the first round, and after each, when what was under way has landed.
     * @param {number} round how many are over
     * @param {(listBytes: number) => void} [collected] called where a census is taken, when V8 has collected all garbage for it and
     * it has left nothing behind yet but its list
     */
    look(round, collected) {
      if (!isWanted(round)) return;
      take(round, false, collected);
      if (round === 0) firstMs = pauseMs;
    },

    /** Once more after the last round and a garbage collection: what has gone meanwhile was only late. */
    again() {
      if (found.length === 0 || retained.isUnchanged()) return;
      counts.forgetLast();
      take(rounds, true);
    },

    /** For the addon: what grew, and how long it took. */
    result: () => ({ census: found, censusMs: isOver ? undefined : Math.round(pauseMs) }),

    /** Entries that a collection gained of which nobody is known: only the whole heap says what holds it. */
    unnamed: () => unnamed,

    /**
     * Shows the collections of each that was found, by its index in `result().census`.
     * @param {(index: number, kind: string, weight: number, object: object, isNew: boolean) => void} see
     */
    show(see) {
      grownMembers.forEach((of, index) => {
        const { growth, size, kind } = found[index];
        const weight = growth === 'instances' ? of.length : size.total;
        for (const { reference, isNew } of of) see(index, kind, weight, reference.deref(), isNew);
      });
    },

    /** Takes off what it put on. */
    end() {
      inserters.undo();
      coverage.end();
    },
  };
}

/** Whether no property holds the collections of a place. */
function isAlone([first]) {
  return first.holder === undefined;
}

module.exports = { createCheckCensus };
