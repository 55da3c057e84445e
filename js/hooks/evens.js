'use strict';

/**
 * Events whose listeners come and go evenly: what each request puts on its socket is off again when it is answered. Once
 * many have left while there were never more at once, two records for each further one would say nothing new. From
 * then on one at a time is passed over: only counted, and taken in when somebody looks. When there is a second one, or more
 * than ever, all are recorded again, and it takes twice as many to come out even: of a slow leak among
 * others the first few may be passed over, but not the rest.
 *
 * What is recorded of such an event stays recorded: the handles are those of its first listeners, and the one behind
 * them is the one that was passed over.
 */

const { longer } = require('../longer.js');

/** Listeners of an event that must have left since there were more than ever. */
const EVEN = 64;
/** Emitters that there is room for at first. */
const ROOM = 1_024;
/** Passed over at the most before it is told though nobody looks: a record holds 32 bits. */
const MANY = 1 << 28;

/**
 * @param {import('../engine.js').Context} context
 * @param {number} kind
 * @param {(emitter: object) => boolean} takeIn records those of its listeners that were passed over; false for an emitter
 * that has no such events
 */
function createEvens({ ring, owners, onLook, onLookSome }, kind, takeIn) {
  /** By an emitter's index, whether it has such events. */
  let have = new Uint8Array(ROOM);
  /** Up to which index any has. */
  let end = 0;
  /** Passed over and not told yet. Below 0 some that were told have been taken in, and the next ones make up for them. */
  let passed = 0;

  function tell() {
    if (passed <= 0) return;
    ring.pass(kind, passed);
    passed = 0;
  }

  /** Only what is gone again is told: what is still there has been taken in by then. */
  function takeAllIn() {
    for (let owner = 0; owner < end; owner++) {
      if (have[owner] === 1 && !owners.show(owner, takeIn)) have[owner] = 0;
    }
    tell();
  }

  onLookSome(() => passed > MANY && tell());
  onLook(takeAllIn);

  return {
    /** An emitter has such an event from now on. */
    began(owner) {
      have = longer(have, owner);
      have[owner] = 1;
      if (owner >= end) end = owner + 1;
    },

    /** A listener is passed over. */
    pass() {
      passed++;
    },

    /** So many that were passed over are recorded after all. */
    tookIn(listeners) {
      passed -= listeners;
    },
  };
}

module.exports = { createEvens, EVEN };
