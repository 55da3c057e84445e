'use strict';

/**
 * Writes records into the region that the collector drains. The layout's numbers come from the
 * addon; nothing here knows one by heart. One ring serves one isolate; this side is its only
 * producer.
 */

const { SharedArrayBuffer } = require('../base/originals.js');
const { max } = require('../base/primordials.js');
const { noteOnce } = require('../base/internal-errors.js');
const { ownList } = require('../base/own-lists.js');

const { store, load } = Atomics;

/** Handles below which none is given back. */
const MIN_TRIMMED = 65_536;

/**
 * @param {object} native the addon
 * @param {number} [wanted] records that fit, a power of two
 */
function createRing(native, wanted) {
  const at = native.layout();
  const records = wanted ?? at.RECORDS;
  const mask = records - 1;
  const base = at.HEADER_WORDS;
  const { HEAD, CLOCK, REGISTER, RELEASE, COLLECT, RESIZE, WINDOW, DISOWN, INSERT, LEAVE, UNRECORDED, DIES_WITH_OWNER, SLOT_BITS, MAX_SLOT, MAX_GENERATION } = at;
  const words = new Int32Array(new SharedArrayBuffer((base + records * at.RECORD_WORDS) * 4));

  // Where this side stands, and the last it has seen of the other. Their difference is taken as
  // an int32, because both wrap.
  let head = 0;
  let tail = 0;
  let gcRequests = 0;
  let counted = 0;

  // Free handles, each with the generation of its next occupant.
  let free = ownList([]);
  let freeCount = 0;
  let lastSlot = 0;
  /** The generation of slots that were never taken, or were given back. */
  let firstGeneration = 0;
  /** Handles recycled since the last trim. */
  let recycled = 0;

  function makeRoom() {
    tail = load(words, at.TAIL);
    if (((head - tail) | 0) < records) return true;
    try {
      native.drain();
      tail = load(words, at.TAIL);
      if (((head - tail) | 0) < records) return true;
    } catch (error) {
      noteOnce('the collector does not answer: events are lost', error);
    }
    words[at.DROPPED]++;
    return false;
  }

  function push(first, handle, argument, delay) {
    if (((head - tail) | 0) >= records && !makeRoom()) return;
    const i = base + ((head & mask) << 2);
    words[i] = first;
    words[i + 1] = handle;
    words[i + 2] = argument;
    words[i + 3] = delay;
    head = (head + 1) | 0;
    // Release: publishes the record to the collector's Acquire of HEAD.
    store(words, HEAD, head);
  }

  function recycle(handle) {
    const generation = handle >> SLOT_BITS;
    const next = generation === MAX_GENERATION ? 0 : generation + 1;
    free[freeCount++] = (next << SLOT_BITS) | (handle & MAX_SLOT);
    recycled++;
  }

  // Without accessors: with one V8 makes a dictionary of it, in which each method is looked up at each call.
  return {
    words,

    /** Registrations that live. */
    live: () => lastSlot - freeCount,

    /** Bytes kept here, without the region. */
    bytes: () => free.length * 8,

    /**
     * Gives back the free slots above the last that is taken, where most are free and as many have ended since the last time:
     * so it costs a few ns for each. Low ones are taken first from then on.
     * @returns {number} the last slot that may be taken; -1 when nothing was done
     */
    trim() {
      if (recycled < MIN_TRIMMED || recycled < lastSlot || freeCount < lastSlot - (lastSlot >> 3)) return -1;
      recycled = 0;
      const bySlot = new Int32Array(lastSlot + 1).fill(-1);
      for (let i = 0; i < freeCount; i++) bySlot[free[i] & MAX_SLOT] = free[i] >> SLOT_BITS;
      for (; lastSlot > 0 && bySlot[lastSlot] >= 0; lastSlot--) firstGeneration = max(firstGeneration, bySlot[lastSlot]);
      free = ownList([]);
      freeCount = 0;
      for (let slot = lastSlot; slot > 0; slot--) {
        if (bySlot[slot] >= 0) free[freeCount++] = (bySlot[slot] << SLOT_BITS) | slot;
      }
      return lastSlot;
    },

    /**
     * Records that a resource came to life.
     * @param {number} kind
     * @param {number} site 0 when no stack was taken
     * @param {number} siteWeight log2 of the registrations of its site that it stands for
     * @param {number} totalWeight log2 of the registrations of its kind that it stands for
     * @param {number} delay timers: ms until it is due; what is checked out: ms after which it is overdue; listeners: how
     * many of its event its emitter has, 0 when unknown; else 0
     * @param {boolean} [owned] whether its owner was created in the window that is open
     * @returns {number} the handle to release it by; 0 when there is no slot left
     */
    register(kind, site, siteWeight, totalWeight, delay, owned = false) {
      let handle;
      if (freeCount !== 0) {
        handle = free[--freeCount];
      } else if (lastSlot < MAX_SLOT) {
        handle = (firstGeneration << SLOT_BITS) | ++lastSlot;
      } else {
        push(at.UNTRACKED | (kind << 8), 0, 0, 0);
        return 0;
      }
      push(REGISTER | (kind << 8) | (siteWeight << 16) | (owned ? DIES_WITH_OWNER : 0) | (totalWeight << 24), handle, site, delay);
      return handle;
    },

    /** It ended in order. */
    release(handle) {
      if (handle === 0) return;
      push(RELEASE, handle, 0, 0);
      recycle(handle);
    },

    /** Its owner was garbage-collected. */
    collect(handle) {
      if (handle === 0) return;
      push(COLLECT, handle, 0, 0);
      recycle(handle);
    },

    /** A collection has so many entries now. */
    resize(handle, size) {
      if (handle !== 0) push(RESIZE, handle, size, 0);
    },

    /** So many new entries came into a collection from a site, since the last time; site 0 when it is unknown. */
    fill(handle, site, entries) {
      if (handle !== 0) push(INSERT, handle, site, entries);
    },

    /** So many entries left a collection since the last time. */
    leave(handle, entries) {
      if (handle !== 0) push(LEAVE, handle, entries, 0);
    },

    /** So many of a kind came and went of which none was recorded by itself. */
    pass(kind, count) {
      push(UNRECORDED | (kind << 8), 0, count, 0);
    },

    /** What is registered from now on belongs to this window; 0 for none. */
    window(number) {
      push(WINDOW, 0, number, 0);
    },

    /** A registration belongs to no window any more. */
    disown(handle) {
      if (handle !== 0) push(DISOWN, handle, 0, 0);
    },

    /** Milliseconds on the collector's clock as of its last look; wraps as an int32. */
    clock() {
      return words[CLOCK];
    },

    /** The number of a request to collect garbage and look; 0 when there is none to answer. */
    sweepAsked() {
      const asked = load(words, at.SWEEP);
      return asked === words[at.SWEPT] ? 0 : asked;
    },

    /** How many records were written since the last call. */
    takeCount() {
      const count = (head - counted) | 0;
      counted = head;
      return count;
    },

    /** Whether the collector has requested a garbage collection since the last time this was asked. */
    isGcRequested() {
      const before = gcRequests;
      gcRequests = words[at.GC_REQUEST];
      return gcRequests !== before;
    },

    /** Says that a request was answered, after what was seen is pushed. */
    sweepDone(asked) {
      store(words, at.SWEPT, asked);
    },
  };
}

module.exports = { createRing };
