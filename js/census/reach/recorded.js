'use strict';

/** Those of what a walk found that grow: each is recorded like a Map, from then on. */

const { Map } = require('../../base/originals.js');
const { deref } = require('../../base/primordials.js');
const { contentOf, lastOf } = require('./content.js');
const { madeBy, madeIn } = require('./makers.js');
const { MANY } = require('./size.js');

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
 * @property {number} inserter the site of the only line that puts entries in; 0 where that is not known
 * @property {import('./makers.js').Made | null} made how its last entry was made
 * @property {number} handle of its registration; 0 while it is not recorded
 */

/**
 * @param {object} options
 * @param {object} options.native the addon
 * @param {import('../../hooks/context.js').Context} options.context of the recording
 * @param {ReturnType<import('../../hooks/collections/growth.js').createGrowth>} options.growth
 * @param {Record<string, number>} options.numbers of kinds
 * @param {(kind: number, subject: string, stack: object[]) => number} options.place gives a line's site its number
 * @param {(object: object) => number} options.tableSize as `createTableSize` says
 * @param {(file: string) => import('./functions.js').Sample | undefined} options.sampleOf a function of a file that a walk met
 * @returns {{ record(one: Known, object: object, at: number): void, end(one: Known, how: 'collect' | 'release'): void } & Pick<import('./index.js').Reach, 'begun' | 'holderOf'>}
 */
function createRecorded({ native, context, growth, numbers, place, tableSize, sampleOf }) {
  const { ring } = context;
  /** Sites by their kind and name. */
  const sites = new Map();
  /** By the index that `growth` knows it by. @type {(Known | undefined)[]} */
  const recorded = [];
  /** How often one began to be recorded. */
  let begun = 0;

  /** It grows: from now on it is recorded. */
  function record(one, object, at) {
    const index = freeIndex(at);
    const site = index < 0 ? 0 : siteOf(one, object);
    if (site === 0) return;
    one.index = index;
    one.inserter = one.kind === 'object' ? inserterOf(one) : 0;
    one.made = one.kind === 'array' || one.size <= MANY ? madeBy(native, lastOf(one.kind, object)) : null;
    begun++;
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
      sites.set(key, (site = place(numbers[kind], `${titleOf({ kind, name })}${kind === 'object' && tableSize(object) > MANY ? '' : contentOf(kind, object)}`, [frame])));
    }
    return site;
  }

  /** The site of the only line that puts properties into it; 0 where that is not known. */
  function inserterOf({ kind, name, file }) {
    const key = `into ${kind} ${file} ${name}`;
    let site = sites.get(key);
    if (site === undefined) {
      const frame = require('./inserts.js').insertionOf(name, file, sampleOf(file));
      sites.set(key, (site = frame === null ? 0 : place(numbers[kind], 'entries', [frame])));
    }
    return site;
  }

  function holderOf(frame) {
    const at = madeIn(recorded.map((one) => one?.made ?? null), frame, sampleOf(frame.file));
    return at < 0 ? null : titleOf(recorded[at]);
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

  return { record, end, begun: () => begun, holderOf };
}

const titleOf = ({ kind, name }) => `${kind === 'array' ? 'Array' : 'Object'} ${name}`;

module.exports = { createRecorded };
