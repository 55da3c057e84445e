'use strict';

/**
 * Events whose listeners come and go evenly: what each request puts on its socket is off again when it is answered. Once
 * many have left while there were never more at once, two records for each further one would say nothing new. From
 * then on one at a time is passed over: it is only counted, when it has left. One that is there when somebody looks, when there is a
 * second one, or when there are more than ever, is recorded then, without a stack; and until it leaves it takes
 * twice as many to come out even: of a slow leak among others the first few may be passed over, but not the rest.
 *
 * What is recorded of such an event stays recorded: the handles are those of its first listeners, and the one behind
 * them is the one that was passed over.
 */

const { noteOnce } = require('../../base/faults.js');
const { longer } = require('../../recording/longer.js');

/** Listeners of an event that must have left since there were more than ever. */
const EVEN = 64;
/** Emitters that there is room for at first. */
const ROOM = 1_024;

/**
 * @param {import('../../engine/engine.js').Context} context
 * @param {number} kind
 * @param {(emitter: object) => boolean} takeIn records the listeners that were passed over; false for an emitter that has
 * no such events
 */
function createEvens({ ring, owners, onLook, onLookSome }, kind, takeIn) {
  /** By an emitter's index, whether it has such events. */
  let have = new Uint8Array(ROOM);
  /** Up to which index any has. */
  let end = 0;
  /** Came and went, and were not told yet. */
  let passed = 0;

  function tell() {
    if (passed > 0) ring.pass(kind, passed);
    passed = 0;
  }

  function takeAllIn() {
    for (let owner = 0; owner < end; owner++) if (have[owner] === 1 && !hasStill(owner)) have[owner] = 0;
    tell();
  }

  function hasStill(owner) {
    try {
      return owners.show(owner, takeIn);
    } catch (error) {
      noteOnce('the listeners of an emitter could not be counted', error);
      return true;
    }
  }

  onLookSome(tell);
  onLook(takeAllIn);

  return {
    tell,

    /** An emitter has such an event from now on. */
    began(owner) {
      have = longer(have, owner);
      have[owner] = 1;
      if (owner >= end) end = owner + 1;
    },

    /** A listener that was passed over has left. */
    pass() {
      passed++;
    },
  };
}

module.exports = { createEvens, EVEN };
