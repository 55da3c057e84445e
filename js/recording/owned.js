'use strict';

/**
 * What each owner has registered: handles in chains, by the owner's index. Nothing but numbers is kept for an owner, and what else is known
 * of it hangs on the owner itself: an object that were kept for each until its death is seen would survive the garbage
 * collections up to then, be copied by each and grow old. At 5,000 requests a second that cost a tenth of the service.
 */

const { growTo } = require('./grow-to.js');

/** Slots and owners that there is room for at first; doubled when it is used up. */
const ROOM = 2_048;

/** Words of a slot, which lie together because they are used together; the fourth makes it a power of two. */
const WORDS_LOG2 = 2;
const HANDLE = 0;
/** The slots before and behind it in its chain; 0 for none. */
const BEFORE = 1;
const BEHIND = 2;

/** @param {{ MAX_SLOT: number }} layout the addon's */
function createOwned({ MAX_SLOT }) {
  /** By owner: the slot of its first handle; 0 for none. */
  let firsts = new Int32Array(ROOM);
  let slots = new Int32Array(ROOM << WORDS_LOG2);

  return {
    /** A handle is an owner's from now on. */
    add(owner, handle) {
      if (handle === 0) return;
      const slot = handle & MAX_SLOT;
      const at = slot << WORDS_LOG2;
      slots = growTo(slots, at + BEHIND);
      firsts = growTo(firsts, owner);
      const first = firsts[owner];
      slots[at + HANDLE] = handle;
      slots[at + BEFORE] = 0;
      slots[at + BEHIND] = first;
      if (first !== 0) slots[(first << WORDS_LOG2) + BEFORE] = slot;
      firsts[owner] = slot;
    },

    /** A handle of an owner's has ended. */
    remove(owner, handle) {
      if (handle === 0) return;
      const at = (handle & MAX_SLOT) << WORDS_LOG2;
      const before = slots[at + BEFORE];
      const behind = slots[at + BEHIND];
      if (before === 0) firsts[owner] = behind;
      else slots[(before << WORDS_LOG2) + BEHIND] = behind;
      if (behind !== 0) slots[(behind << WORDS_LOG2) + BEFORE] = before;
    },

    /** Shows an owner's handles; what is done with one may not change the chain. */
    each(owner, show) {
      let slot = owner < firsts.length ? firsts[owner] : 0;
      while (slot !== 0) {
        const at = slot << WORDS_LOG2;
        show(slots[at + HANDLE]);
        slot = slots[at + BEHIND];
      }
    },

    /** Bytes kept here. */
    get bytes() {
      return firsts.byteLength + slots.byteLength;
    },

    /** An owner has none any more. */
    clear(owner) {
      if (owner < firsts.length) firsts[owner] = 0;
    },
  };
}

module.exports = { createOwned };
