'use strict';

/**
 * Timers without a stack that were made last. Most are over before anybody looks, such as the deadline of a request:
 * two records each would say nothing, so they are only counted. The others are registered at the next regular
 * look, when so many younger ones have been made, or when somebody wants to know.
 *
 * It holds timers strongly, as Node does: what has ended leaves it.
 */

/** A power of two. */
const ROOM = 64;

/**
 * @param {ReturnType<typeof import('../../recording/ring.js').createRing>} ring
 * @param {(life: object, handle: number) => void} settle gives a registration its handle
 */
function createYoungTimers(ring, settle) {
  const young = new Array(ROOM).fill(null);
  const kinds = new Uint8Array(ROOM);
  const delays = new Int32Array(ROOM);
  let next = 0;
  /** By kind: those that ended here and are not sent yet. */
  const ended = new Int32Array(256);
  let isSent = true;

  function register(slot) {
    const life = young[slot];
    young[slot] = null;
    settle(life, ring.register(kinds[slot], 0, 0, 0, delays[slot]));
  }

  return {
    /** @returns {number} its place, which is below 0, in place of a handle */
    enter(life, kind, delay) {
      const slot = next;
      next = (slot + 1) & (ROOM - 1);
      if (young[slot] !== null) register(slot);
      young[slot] = life;
      kinds[slot] = kind;
      delays[slot] = delay;
      return -1 - slot;
    },

    /** One has ended. */
    leave(place) {
      const slot = -1 - place;
      young[slot] = null;
      ended[kinds[slot]]++;
      isSent = false;
    },

    /** Registers the timers that are here, and sends the count of those that ended here. */
    empty() {
      for (let slot = 0; slot < ROOM; slot++) if (young[slot] !== null) register(slot);
      if (isSent) return;
      isSent = true;
      ended.forEach((count, kind) => count > 0 && ring.pass(kind, count));
      ended.fill(0);
    },
  };
}

module.exports = { createYoungTimers };
