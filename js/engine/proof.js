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
  lookUp(own, found, handles);
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

/**
 * The objects of registrations in a service, or objects that a program hands over.
 * @param {import('./session.js').Session | null} session
 * @param {{ kind: string, older: boolean, handles: number[] }[]} found as the addon says it; a list each
 * @param {object[]} objects a list each
 * @returns {{ forget(): void }}
 */
function gatherRegistrations(session, found, objects) {
  const own = new Map();
  const owners = new Map();
  if (session !== null && found.length > 0) {
    session.owners.eachHandle((handle, owner) => owners.set(handle, owner));
    session.showAll((handle, object) => own.set(handle, object));
  }
  const members = new LeaklineMembers();
  for (const { kind, handles } of found) members.lists.push(objectsOf(kind, handles, own, owners), []);
  for (const object of objects) members.lists.push([object], []);
  own.clear();
  owners.clear();
  return {
    forget() {
      members.lists = [];
    },
  };
}

/** Of listeners that each came with an owner, the owners: these are what piles up. Else what was registered, or its owner. */
function objectsOf(kind, handles, own, owners) {
  const isThere = (object) => object !== undefined && object !== null;
  const held = handles.map((handle) => owners.get(handle)).filter(isThere);
  if (kind === 'listener' && distinct(held) * 2 > handles.length) return held;
  return handles.map((handle) => own.get(handle) ?? owners.get(handle)).filter(isThere);
}

function distinct(objects) {
  const seen = new Map();
  for (const object of objects) seen.set(object, true);
  return seen.size;
}

/**
 * Looks up the objects behind handles.
 * @param {{ show: Function, showOwners: Function }} own
 * @param {{ kind: string, older: boolean, handles: number[] }[]} found
 * @param {Map<number, object | undefined>} handles gets the objects
 */
function lookUp(own, found, handles) {
  const isOwners = new Map();
  for (const { kind, older, handles: all } of found) {
    // A listener that came with its owner goes with it: the owner is what piles up.
    if (kind === 'listener' && !older) for (const handle of all) isOwners.set(handle, true);
  }
  own.showOwners((handle, owner) => {
    if (handles.has(handle)) handles.set(handle, owner);
  });
  own.show((handle, object) => {
    if (!isOwners.has(handle) && object !== undefined && object !== null && handles.has(handle)) handles.set(handle, object);
  });
}

module.exports = { gather, gatherRegistrations };
