'use strict';

/**
 * What each owner has registered: handles in chains, by the owner's index. Nothing but numbers is kept for an owner, and what else is known
 * of it hangs on the owner itself: an object that were kept for each until its death is seen would survive the garbage
 * collections up to then, be copied by each and grow old. At 5,000 requests a second that cost a tenth of the service.
 */

/** Slots and owners that there is room for at first; doubled when it is used up. */
const ROOM = 4_096;

/** @param {{ MAX_SLOT: number }} layout the addon's */
function createOwned({ MAX_SLOT }) {
  /** By owner: the slot of its first handle; 0 for none. */
  let firsts = new Int32Array(ROOM);
  /** By slot: the handle, and the slots before and behind it in its chain; 0 for none. */
  let handles = new Int32Array(ROOM);
  let before = new Int32Array(ROOM);
  let behind = new Int32Array(ROOM);

  function makeRoom(slot) {
    handles = grown(handles, slot);
    before = grown(before, slot);
    behind = grown(behind, slot);
  }

  return {
    /** A handle is an owner's from now on. */
    add(owner, handle) {
      if (handle === 0) return;
      const slot = handle & MAX_SLOT;
      if (slot >= handles.length) makeRoom(slot);
      if (owner >= firsts.length) firsts = grown(firsts, owner);
      const first = firsts[owner];
      handles[slot] = handle;
      before[slot] = 0;
      behind[slot] = first;
      if (first !== 0) before[first] = slot;
      firsts[owner] = slot;
    },

    /** A handle of an owner's has ended. */
    remove(owner, handle) {
      if (handle === 0) return;
      const slot = handle & MAX_SLOT;
      const previous = before[slot];
      const next = behind[slot];
      if (previous === 0) firsts[owner] = next;
      else behind[previous] = next;
      if (next !== 0) before[next] = previous;
    },

    /** Shows an owner's handles; what is done with one may not change the chain. */
    each(owner, show) {
      for (let slot = owner < firsts.length ? firsts[owner] : 0; slot !== 0; slot = behind[slot]) show(handles[slot]);
    },

    /** An owner has none any more. */
    clear(owner) {
      if (owner < firsts.length) firsts[owner] = 0;
    },
  };
}

/** A copy that has room for an index. */
function grown(array, index) {
  let length = array.length * 2;
  while (length <= index) length *= 2;
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}

module.exports = { createOwned };
