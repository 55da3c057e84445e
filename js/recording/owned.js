'use strict';

/**
 * What each owner has registered: handles in chains, by the owner's index. Nothing but numbers is kept for an owner, and what else is known
 * of it hangs on the owner itself: an object that were kept for each until its death is seen would survive the garbage
 * collections up to then, be copied by each and grow old. At 5,000 requests a second that cost a tenth of the service.
 */

const { growTo, shrinkTo } = require('./grow-to.js');
const { max } = require('../base/primordials.js');

/** Slots and owners that there is room for at first; doubled when it is used up. */
const ROOM = 2_048;

/** Words of a slot, which lie together because they are used together. */
const WORDS_LOG2 = 2;
const HANDLE = 0;
/** The slots before and behind it in its chain; 0 for none. */
const BEFORE = 1;
const BEHIND = 2;
/** 1 for a handle that its owner's closing does not excuse. */
const STAYS = 3;

/** @param {{ MAX_SLOT: number }} layout the addon's */
function createOwned({ MAX_SLOT }) {
  /** By owner: the slot of its first handle; 0 for none. */
  let firsts = new Int32Array(ROOM);
  let slots = new Int32Array(ROOM << WORDS_LOG2);
  /** Handles in chains that hooks have in their lists too: those that do not stay. */
  let live = 0;

  return {
    /** A handle is an owner's from now on. */
    add(owner, handle, stays = 0) {
      if (handle === 0) return;
      const slot = handle & MAX_SLOT;
      const at = slot << WORDS_LOG2;
      slots = growTo(slots, at + STAYS);
      firsts = growTo(firsts, owner);
      const first = firsts[owner];
      slots[at + HANDLE] = handle;
      slots[at + BEFORE] = 0;
      slots[at + STAYS] = stays;
      slots[at + BEHIND] = first;
      live += 1 - stays;
      if (first !== 0) slots[(first << WORDS_LOG2) + BEFORE] = slot;
      firsts[owner] = slot;
    },

    /** A handle of an owner's has ended. */
    remove(owner, handle) {
      if (handle === 0) return;
      const at = (handle & MAX_SLOT) << WORDS_LOG2;
      slots[at + HANDLE] = 0;
      live -= 1 - slots[at + STAYS];
      const before = slots[at + BEFORE];
      const behind = slots[at + BEHIND];
      if (before === 0) firsts[owner] = behind;
      else slots[(before << WORDS_LOG2) + BEHIND] = behind;
      if (behind !== 0) slots[(behind << WORDS_LOG2) + BEFORE] = before;
    },

    /** Whether a handle was added, and has not ended since. */
    has(handle) {
      return handle !== 0 && slots[((handle & MAX_SLOT) << WORDS_LOG2) + HANDLE] === handle;
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

    /** As `each`, without those that stay. */
    eachExcused(owner, show) {
      this.each(owner, (handle) => {
        if (slots[((handle & MAX_SLOT) << WORDS_LOG2) + STAYS] === 0) show(handle);
      });
    },

    /** How many handles owners have that do not stay. */
    live: () => live,

    /** Bytes kept here. */
    bytes: () => firsts.byteLength + slots.byteLength,

    /** An owner has none any more. */
    clear(owner) {
      if (owner >= firsts.length) return;
      for (let slot = firsts[owner]; slot !== 0;) {
        const at = slot << WORDS_LOG2;
        slots[at + HANDLE] = 0;
        live -= 1 - slots[at + STAYS];
        slot = slots[at + BEHIND];
      }
      firsts[owner] = 0;
    },

    /** Gives back what is not used any more. No slot above `lastSlot` is. */
    trim(lastSlot) {
      slots = shrinkTo(slots, max(ROOM, lastSlot + 1) << WORDS_LOG2);
      let owners = firsts.length;
      while (owners > ROOM && firsts[owners - 1] === 0) owners--;
      firsts = shrinkTo(firsts, owners);
    },
  };
}

module.exports = { createOwned };
