'use strict';

/**
 * Arrays and objects used as Maps that a running program's modules reach. Nothing registers them, so a walk finds them; from then
 * on only their sizes are read. One that grows is recorded like a Map, from then on.
 */

const { types } = require('node:util');
const { Map, now } = require('../../base/originals.js');
const { deref } = require('../../base/primordials.js');
const { noteOnce } = require('../../base/internal-errors.js');
const { classNameOf } = require('../../base/names.js');
const { createGrowth } = require('../../hooks/collections/growth.js');
const { elementsOf } = require('../elements.js');
const { lineOf } = require('./lines.js');
const { createWalk } = require('./walk.js');

const { getOwnPropertyDescriptor, keys } = Object;

/** When walks begin, in ms after the one before: what is made later is found later. The last goes on. */
const WALKS_AFTER_MS = [5_000, 40_000, 180_000, 600_000, 1_800_000];
/** Functions of packages whose variables a walk reads: the first one is to be over soon. */
const FIRST_OF_PACKAGES = 40;
const OF_PACKAGES = 400;
/** Of a tick, in ms. */
const WALK_MS = 5;
const MEASURE_MS = 1;
/** Between two measures of one, in ms. */
const MEASURE_EVERY_MS = 1_500;
/** A measure that takes long comes so many times later. */
const RARE = 1_000;
/** It must have grown at so many measures in a row, … */
const MIN_GREW = 3;
/** … and have so many entries. */
const MIN_ENTRIES = 30;
/** Known at once, and bytes of each. */
const MAX_KNOWN = 3_000;
const KNOWN_BYTES = 300;
/** Of one name: a table of arrays has thousands of one name. */
const MAX_ALIKE = 8;
/** Recorded at once. */
const MAX_RECORDED = 64;
/** One that has not grown for so long, in ms, makes room for another. */
const QUIET_MS = 1_800_000;
/** Registrations that are shown to a walk; more take too long. */
const MAX_SHOWN = 20_000;

/**
 * @param {object} options
 * @param {object} options.native the addon
 * @param {import('../../hooks/context.js').Context} options.context of the recording
 * @param {(kind: number, subject: string, stack: object[]) => number} options.place gives a line's site its number
 * @param {(see: import('../../hooks/context.js').See) => void} options.showAll shows what is recorded
 * @param {object} options.realm whose modules are walked through
 * @param {string[]} options.wanted kinds
 * @returns {{ tick(): void, bytes(): number, undo(): void }}
 */
function createReach({ native, context, place, showAll, realm, wanted }) {
  const { ring } = context;
  const numbers = native.layout();
  const growth = createGrowth(context);
  /** What was found, held weakly; objects that have died are taken out when they are met. */
  let known = [];
  let cursor = 0;
  let isKnown = new WeakSet();
  /** How many of a name are known. */
  const alike = new Map();
  /** Sites by their kind and name. */
  const sites = new Map();
  /** By the index that `growth` knows it by. */
  const recorded = [];
  let walk = null;
  let walks = 0;
  let nextWalk = now() + WALKS_AFTER_MS[0];
  let isOver = false;

  function found({ object, kind, name, file, around }) {
    if (known.length >= MAX_KNOWN || isKnown.has(object) || !wanted.includes(kind)) return;
    const key = `${file} ${name}`;
    const count = alike.get(key) ?? 0;
    if (count >= MAX_ALIKE) return;
    alike.set(key, count + 1);
    isKnown.add(object);
    const reference = new WeakRef(object);
    known.push({ reference, kind, name, file, around: around === null ? null : new WeakRef(around), size: sizeOf(kind, object), grew: 0, grewAt: 0, nextAt: now() + MEASURE_EVERY_MS, index: -1, handle: 0 });
  }

  function goOn() {
    walk ??= createWalk(native, realm, ring.live() > MAX_SHOWN ? null : showAll, walks === 0 ? FIRST_OF_PACKAGES : OF_PACKAGES, found);
    if (!walk(WALK_MS)) return;
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
    const size = sizeOf(one.kind, object);
    if (size > one.size) one.grewAt = at;
    const took = now() - at;
    one.nextAt = at + Math.max(one.handle === 0 ? MEASURE_EVERY_MS : 0, took * RARE);
    if (one.handle === 0) {
      one.grew = size > one.size ? one.grew + 1 : size < one.size ? 0 : one.grew;
      if (one.grew >= MIN_GREW && size >= MIN_ENTRIES) record(one, object, at);
    }
    if (one.handle !== 0) {
      if (size !== one.size || one.grew > 0) ring.resize(one.handle, size);
      one.grew = 0;
      if (one.kind === 'array' && (size !== one.size || growth.wants(one.index))) growth.look(one.index, object, numbers.array, one.handle, size);
    }
    one.size = size;
    return true;
  }

  /** It grows: from now on it is recorded. */
  function record(one, object, at) {
    const index = freeIndex(at);
    const site = index < 0 ? 0 : siteOf(one, object);
    if (site === 0) return;
    one.index = index;
    one.handle = ring.register(numbers[one.kind], site, 0, 0, 0, true);
    recorded[index] = one;
    growth.begin(index);
  }

  function freeIndex(at) {
    for (let i = 0; i < MAX_RECORDED; i++) if (recorded[i] === undefined) return i;
    const quiet = recorded.find(({ grewAt }) => at - grewAt > QUIET_MS);
    if (quiet === undefined) return -1;
    const { index } = quiet;
    end(quiet, 'release');
    return index;
  }

  function siteOf({ kind, name, file, around }, object) {
    const key = `${kind} ${file} ${name}`;
    let site = sites.get(key);
    if (site === undefined) {
      const frame = lineOf({ name, file, around: around === null ? undefined : deref(around) });
      sites.set(key, (site = place(numbers[kind], `${kind === 'array' ? 'Array' : 'Object'} ${name}${contentOf(kind, object)}`, [frame])));
    }
    return site;
  }

  function end(one, how) {
    if (one.handle === 0) return;
    ring[how](one.handle);
    recorded[one.index] = undefined;
    one.handle = 0;
    one.grew = 0;
  }

  return {
    /** Walks and measures for a moment. */
    tick() {
      if (isOver) return;
      try {
        growth.flush();
        const from = now();
        if (walk !== null || from >= nextWalk) goOn();
        const until = now() + MEASURE_MS;
        for (let seen = 0; seen < known.length; seen++) {
          cursor = cursor >= known.length ? 0 : cursor;
          const at = now();
          if (at > until) return;
          const one = known[cursor];
          if (at < one.nextAt || measure(one, at)) cursor++;
          else known.splice(cursor, 1);
        }
      } catch (error) {
        isOver = true;
        noteOnce('arrays and objects used as Maps are not looked at any more', error);
      }
    },

    /** Bytes kept here. */
    bytes: () => known.length * KNOWN_BYTES,

    /** Everything is as it was. */
    undo() {
      isOver = true;
      growth.undo();
      known = [];
      isKnown = new WeakSet();
      walk = null;
    },
  };
}

const sizeOf = (kind, object) => (kind === 'array' ? object.length : keys(object).length);

/** The class of what it holds; of plain objects that of a request or a response that they have. */
function contentOf(kind, object) {
  const elements = elementsOf(kind, object);
  if (elements === null) return '';
  if (elements !== 'Object') return ` of ${elements}`;
  const last = kind === 'array' ? object.length - 1 : keys(object).at(-1);
  const entry = getOwnPropertyDescriptor(object, last)?.value;
  for (const key of keys(entry)) {
    const value = getOwnPropertyDescriptor(entry, key)?.value;
    if (typeof value !== 'object' || value === null || types.isProxy(value)) continue;
    const name = classNameOf(value);
    if (name === 'IncomingMessage' || name === 'ServerResponse') return ` of objects with ${name}`;
  }
  return '';
}

module.exports = { createReach };
