'use strict';

/**
 * Arrays and objects used as Maps that a running program's modules reach. Nothing registers them, so a walk finds them; from then
 * on only their sizes are read. One that grows is recorded like a Map, from then on.
 */

const { Map, now } = require('../../base/originals.js');
const { deref } = require('../../base/primordials.js');
const { noteOnce } = require('../../base/internal-errors.js');
const { createGrowth } = require('../../hooks/collections/growth.js');
const { ownerOf } = require('../sources.js');
const { isSparse } = require('./content.js');
const { createRecorded } = require('./recorded.js');
const { createTableSize, MANY } = require('./size.js');

const { keys } = Object;

/** When walks begin, in ms after the one before: what is made later is found later. The last goes on. */
const WALKS_AFTER_MS = [5_000, 40_000, 180_000, 600_000, 1_800_000];
/** Functions of packages whose variables a walk reads, of one after the other: the first ones are to cost little. */
const OF_PACKAGES = [20, 100, 400];
/** Of a tick, in ms. */
const WALK_MS = 8;
const MEASURE_MS = 1;
/** Between two measures of one, in ms: the least; and the most, of one that did not change. */
const MEASURE_EVERY_MS = 1_500;
const MEASURE_AT_LEAST_MS = 24_000;
/** Listing a key takes about a tenth of a µs, so this many ms a key are a thousandth of the time; … */
const COUNT_EVERY_MS = 0.1;
/** … where it is a pause, a tenth of that. A walk does not read these again. */
const PAUSE = 50_000;
/** It must have grown at so many measures in a row, … */
const MIN_GREW = 3;
/** … and have so many entries. */
const MIN_ENTRIES = 30;
/** Known at once, of packages' files and in all; and bytes of each. */
const MAX_OF_PACKAGES = 2_000;
const MAX_KNOWN = 3_000;
const KNOWN_BYTES = 300;
/** Of one name: a table of arrays has thousands of one name. */
const MAX_ALIKE = 8;
/** Longest name of a property that is remembered, in characters. */
const MAX_NAME = 1_000;
/** Registrations that are shown to a walk; more take too long. */
const MAX_SHOWN = 20_000;

/**
 * @typedef {object} Reach
 * @property {() => void} tick walks and measures for a moment
 * @property {() => number} begun how often something began to be recorded
 * @property {(frame: import('../../index.js').Frame) => string | null} holderOf what is recorded that holds what a function makes; `frame` is where
 * that begins
 * @property {() => number} bytes kept here
 * @property {() => void} undo puts everything back
 *
 * @param {object} options
 * @param {object} options.native the addon
 * @param {import('../../hooks/context.js').Context} options.context of the recording
 * @param {(kind: number, subject: string, stack: object[]) => number} options.place gives a line's site its number
 * @param {(see: import('../../hooks/context.js').See) => void} options.showAll shows what is recorded
 * @param {string[]} options.wanted kinds
 * @returns {Reach}
 */
function createReach({ native, context, place, showAll, wanted }) {
  const { ring } = context;
  const numbers = native.layout();
  const growth = createGrowth(context);
  const tableSize = createTableSize(native);
  const { record, end, begun, holderOf } = createRecorded({ native, context, growth, numbers, place, tableSize, sampleOf: (file) => samples.get(file) ?? walk?.samples.get(file) });
  /** What was found, held weakly; objects that have died are taken out when they are met. */
  let known = [];
  let cursor = 0;
  let byObject = new WeakMap();
  /** Objects with so many properties that a walk does not read them again. */
  let large = new WeakSet();
  /** How many of a name are known. */
  const alike = new Map();
  let walk = null;
  /** Of the last walk. */
  let samples = new Map();
  let walks = 0;
  let nextWalk = now() + WALKS_AFTER_MS[0];
  let isOver = false;

  function found({ object, kind, name, file }) {
    const most = ownerOf(file) === 'package' ? MAX_OF_PACKAGES : MAX_KNOWN;
    const before = byObject.get(object);
    if (before !== undefined) {
      // A variable of the application is a better name.
      if (before.handle === 0 && ownerOf(before.file) !== 'application') Object.assign(before, { name, file });
      return;
    }
    if (known.length >= most || !wanted.includes(kind)) return;
    const key = `${file} ${name}`;
    const count = alike.get(key) ?? 0;
    if (count >= MAX_ALIKE) return;
    alike.set(key, count + 1);
    const one = { reference: new WeakRef(object), kind, name, file, key, size: entriesOf(kind, object).size, grew: 0, grewAt: 0, last: null, inserter: 0, made: null, everyMs: MEASURE_EVERY_MS, nextAt: now() + MEASURE_EVERY_MS, index: -1, handle: 0 };
    byObject.set(object, one);
    known.push(one);
  }

  /** How many entries, and their names where these are quickly listed; -1 where nobody can count them. */
  function entriesOf(kind, object) {
    if (kind === 'array') return { size: object.length, names: null };
    const inTable = tableSize(object);
    if (inTable < 0 || inTable > MANY) return { size: inTable, names: null };
    const names = keys(object);
    return { size: names.length, names };
  }

  /** It has died. It may have got a better name than that by which it is counted. */
  function forget({ key }) {
    const count = alike.get(key);
    if (count > 1) alike.set(key, count - 1);
    else alike.delete(key);
  }

  function walkOn() {
    walk ??= require('./walk.js').createWalk(native, ring.live() > MAX_SHOWN ? null : showAll, OF_PACKAGES[Math.min(walks, OF_PACKAGES.length - 1)], large, tableSize, found);
    if (!walk.walk(WALK_MS)) return;
    ({ samples } = walk);
    walk = null;
    walks++;
    nextWalk = now() + WALKS_AFTER_MS[Math.min(walks, WALKS_AFTER_MS.length - 1)];
  }

  function measure(one, at) {
    const object = deref(one.reference);
    if (object === undefined) {
      end(one, 'collect');
      return false;
    }
    const { size, names } = entriesOf(one.kind, object);
    if (size < 0) {
      end(one, 'release');
      return false;
    }
    if (size > one.size) one.grewAt = at;
    if (names !== null && size > PAUSE) large.add(object);
    // Most do not change for as long as the program runs.
    one.everyMs = size === one.size ? Math.min(2 * one.everyMs, MEASURE_AT_LEAST_MS) : MEASURE_EVERY_MS;
    const countedMs = names === null ? 0 : size * COUNT_EVERY_MS * (size > PAUSE ? 10 : 1);
    one.nextAt = at + Math.max(one.handle === 0 ? one.everyMs : 0, countedMs);
    if (one.kind === 'array' && (one.handle !== 0 || size > one.size) && isSparse(object)) {
      // Entries are deleted by their index: its length says nothing of what it holds.
      end(one, 'release');
      one.grew = 0;
      one.size = size;
      return true;
    }
    if (one.handle === 0) {
      one.grew = size > one.size ? one.grew + 1 : size < one.size ? 0 : one.grew;
      if (one.grew >= MIN_GREW && size >= MIN_ENTRIES) record(one, object, at);
    }
    if (one.handle !== 0) {
      if (size !== one.size || one.grew > 0) ring.resize(one.handle, size);
      one.grew = 0;
      if (names !== null) exchanged(one, names);
      else if (one.kind === 'object') counted(one, size);
      else if (size !== one.size || growth.wants(one.index)) growth.look(one.index, object, numbers.array, one.handle, size);
    }
    one.size = size;
    return true;
  }

  /** One that cannot be read is left alone. */
  function isMeasured(one, at) {
    try {
      return measure(one, at);
    } catch {
      end(one, 'release');
      return false;
    }
  }

  /** Measures those whose time it is, for a moment. */
  function measureSome(from) {
    let at = from;
    for (let seen = known.length; seen > 0 && at - from < MEASURE_MS; seen--) {
      if (cursor >= known.length) cursor = 0;
      const one = known[cursor];
      if (at < one.nextAt) cursor++;
      else {
        if (isMeasured(one, at)) cursor++;
        else forget(known.splice(cursor, 1)[0]);
        at = now();
      }
    }
  }

  /** Properties that came and went since the last measure: they stand in the order in which they came. */
  function exchanged(one, names) {
    const before = one.last;
    const last = names.at(-1);
    one.last = last === undefined || last.length > MAX_NAME ? null : last;
    const at = before === null ? -1 : names.lastIndexOf(before);
    if (at < 0) return;
    const came = names.length - 1 - at;
    const went = one.size + came - names.length;
    if (came > 0) ring.fill(one.handle, one.inserter, came);
    if (went > 0) ring.leave(one.handle, went);
  }

  /** The same of one whose properties are only counted. */
  function counted(one, size) {
    one.last = null;
    if (one.inserter !== 0 && size > one.size) ring.fill(one.handle, one.inserter, size - one.size);
  }

  return {
    begun,
    holderOf,

    tick() {
      if (isOver) return;
      try {
        growth.flush();
        const from = now();
        if (walk !== null || from >= nextWalk) walkOn();
        measureSome(now());
      } catch (error) {
        isOver = true;
        noteOnce('arrays and objects used as Maps are not looked at any more', error);
      }
    },

    bytes: () => known.length * KNOWN_BYTES,

    undo() {
      isOver = true;
      growth.undo();
      known = [];
      byObject = new WeakMap();
      large = new WeakSet();
      walk = null;
    },
  };
}

module.exports = { createReach };
