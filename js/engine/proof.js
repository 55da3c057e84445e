'use strict';

/**
 * The objects of what a check found, for one look at the heap: in it the addon sees which finding holds which. They go into
 * V8's snapshot in lists below an object of a class that the addon knows, and cuts out.
 */

const { Map } = require('../base/originals.js');

/** Numbers of what a census found begin here; the addon's. */
const CENSUS = 1 << 24;
/** Objects of all findings from which on nothing is proven: to look them up takes longer than to look at the heap. */
const MAX_OBJECTS = 200_000;

/** The addon finds it by its name. */
class LeaklineMembers {
  /** By finding two lists: what came in the rounds, and what was there before. */
  lists = [];
}

/**
 * @param {object} native the addon
 * @param {ReturnType<import('./engine.js').Engine['beginCheck']>} own the check
 * @param {{ show: Function } | null} census its census
 * @param {number} warmup its calls before the first round
 * @returns {{ asked: object[], forget(): void } | null} what the lists are of; null where there are too many objects
 */
function gather(native, own, census, warmup) {
  const found = JSON.parse(native.checkMembers(warmup));
  const handles = new Map();
  for (const { handles: all } of found) for (const handle of all) handles.set(handle, undefined);
  if (handles.size > MAX_OBJECTS) return null;
  const see = (handle, object) => {
    if (object !== undefined && object !== null && handles.has(handle)) handles.set(handle, object);
  };
  const isOwners = new Map();
  for (const { kind, older, handles: all } of found) {
    // A listener that came with its owner goes with it: the owner is what piles up.
    if (kind === 'listener' && !older) for (const handle of all) isOwners.set(handle, true);
  }
  own.showOwners((handle, owner) => {
    if (handles.has(handle)) handles.set(handle, owner);
  });
  own.show((handle, object) => {
    if (!isOwners.has(handle)) see(handle, object);
  });
  const members = new LeaklineMembers();
  const asked = [];
  for (const { finding, kind, handles: all, before, weight } of found) {
    const objectsOf = (some) => some.map((handle) => handles.get(handle)).filter((object) => object !== undefined);
    add({ finding, kind, weight }, objectsOf(all.slice(before)), objectsOf(all.slice(0, before)));
  }
  const places = new Map();
  census?.show((index, kind, weight, object, isNew) => {
    if (!places.has(index)) places.set(index, { kind, weight, grown: [], before: [] });
    if (object !== undefined) places.get(index)[isNew ? 'grown' : 'before'].push(object);
  });
  places.forEach(({ kind, weight, grown, before }, index) => add({ finding: CENSUS + index, kind: String(kind), weight }, grown, before));

  /** @param {object} about the finding */
  function add(about, grown, before) {
    asked.push(about);
    members.lists.push(grown, before);
  }

  // What is returned holds these tables as long as it lives: in the snapshot the lists alone may hold the objects.
  handles.clear();
  places.clear();
  return {
    asked,
    /** Lets go of the objects. */
    forget() {
      members.lists = [];
    },
  };
}

module.exports = { gather };
