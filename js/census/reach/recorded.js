'use strict';

/** Those of what a walk found that grow: each is recorded like a Map, from then on. */

const { types } = require('node:util');
const { Map } = require('../../base/originals.js');
const { deref } = require('../../base/primordials.js');
const { classNameOf } = require('../../base/names.js');
const { elementsOf } = require('../elements.js');
const { MANY } = require('./size.js');

const { getOwnPropertyDescriptor, keys } = Object;

/** Recorded at once. */
const MAX_RECORDED = 64;
/** One that has not grown for so long, in ms, makes room for another. */
const QUIET_MS = 1_800_000;

/**
 * @typedef {object} Known
 * @property {WeakRef<object>} reference
 * @property {'array' | 'object'} kind
 * @property {string} name `queue.jobs`, from a variable on
 * @property {string} file of that variable
 * @property {number} grew in so many measures in a row, before it is recorded
 * @property {number} grewAt when it grew last
 * @property {number} index by which `growth` knows it
 * @property {number} handle of its registration; 0 while it is not recorded
 */

/**
 * @param {object} options
 * @param {import('../../hooks/context.js').Context} options.context of the recording
 * @param {ReturnType<import('../../hooks/collections/growth.js').createGrowth>} options.growth
 * @param {Record<string, number>} options.numbers of kinds
 * @param {(kind: number, subject: string, stack: object[]) => number} options.place gives a line's site its number
 * @param {(object: object) => number} options.tableSize as `createTableSize` says
 * @param {(file: string) => import('./functions.js').Sample | undefined} options.sampleOf a function of a file that a walk met
 * @returns {{ record(one: Known, object: object, at: number): void, end(one: Known, how: 'collect' | 'release'): void }}
 */
function createRecorded({ context, growth, numbers, place, tableSize, sampleOf }) {
  const { ring } = context;
  /** Sites by their kind and name. */
  const sites = new Map();
  /** By the index that `growth` knows it by. @type {(Known | undefined)[]} */
  const recorded = [];

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

  function siteOf({ kind, name, file }, object) {
    const key = `${kind} ${file} ${name}`;
    let site = sites.get(key);
    if (site === undefined) {
      const frame = require('./lines.js').lineOf(name, file, sampleOf(file));
      // A global is of no file. What has none counts as Node's own, and is not shown.
      if (file === '') frame.file = process.argv[1] ?? '';
      sites.set(key, (site = place(numbers[kind], `${kind === 'array' ? 'Array' : 'Object'} ${name}${kind === 'object' && tableSize(object) > MANY ? '' : contentOf(kind, object)}`, [frame])));
    }
    return site;
  }

  /** It died, or is not recorded any more. */
  function end(one, how) {
    if (one.handle === 0) return;
    ring[how](one.handle);
    recorded[one.index] = undefined;
    one.handle = 0;
    one.grew = 0;
  }

  context.onShow((see) => {
    for (const one of recorded) {
      const object = one === undefined ? undefined : deref(one.reference);
      if (object !== undefined) see(one.handle, object);
    }
  });

  return { record, end };
}

/** The class of what it holds; of plain objects that of a request or a response that they have. */
function contentOf(kind, object) {
  const elements = elementsOf(kind, object);
  if (elements === null) return '';
  if (elements !== 'Object') return ` of ${elements}`;
  const last = kind === 'array' ? object.length - 1 : keys(object).at(-1);
  const entry = getOwnPropertyDescriptor(object, last)?.value;
  // Its last element may be none.
  if (typeof entry !== 'object' || entry === null || types.isProxy(entry)) return '';
  for (const key of keys(entry)) {
    const value = getOwnPropertyDescriptor(entry, key)?.value;
    if (typeof value !== 'object' || value === null || types.isProxy(value)) continue;
    const name = classNameOf(value);
    if (name === 'IncomingMessage' || name === 'ServerResponse') return ` of objects with ${name}`;
  }
  return '';
}

module.exports = { createRecorded };
