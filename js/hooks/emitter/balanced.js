'use strict';

/**
 * Events whose listeners are balanced: what each request puts on its socket is off again when it is answered. Once
 * many have left while there were never more at once, two records for each further one would say nothing new. From
 * then on one at a time is only counted: it is only counted, when it has left. One that is there when somebody looks, when there is a
 * second one, or when there are more than ever, is recorded then, without a stack; and until it leaves it takes
 * twice as many to come out even: of a slow leak among others the first few may be only counted, but not the rest.
 *
 * What is recorded of such an event stays recorded: the handles are those of its first listeners, and the one behind
 * them is the one that was only counted.
 */

const { noteOnce } = require('../../base/internal-errors.js');
const { growTo } = require('../../recording/grow-to.js');

/** Listeners of an event that must have left since there were more than ever. */
const BALANCED = 64;
/** Emitters that there is room for at first. */
const ROOM = 1_024;

/**
 * @param {import('../context.js').Context} context
 * @param {number} kind
 * @param {(emitter: object) => boolean} promote records the listeners that were only counted; false for an emitter that has
 * no such events
 */
function createBalanced({ ring, owners, onLook, onTick }, kind, promote) {
  /** By an emitter's index, whether it has such events. */
  let have = new Uint8Array(ROOM);
  /** Up to which index any has. */
  let end = 0;
  /** Came and went, and were not sent yet. */
  let passed = 0;

  function flush() {
    if (passed > 0) ring.pass(kind, passed);
    passed = 0;
  }

  function takeAllIn() {
    for (let owner = 0; owner < end; owner++) if (have[owner] === 1 && !hasStill(owner)) have[owner] = 0;
    flush();
  }

  function hasStill(owner) {
    try {
      return owners.show(owner, promote);
    } catch (error) {
      noteOnce('the listeners of an emitter could not be counted', error);
      return true;
    }
  }

  onTick(flush);
  onLook(takeAllIn);

  return {
    flush,

    /** An emitter has such an event from now on. */
    began(owner) {
      have = growTo(have, owner);
      have[owner] = 1;
      if (owner >= end) end = owner + 1;
    },

    /** A listener that was only counted has left. */
    pass() {
      passed++;
    },
  };
}

module.exports = { createBalanced, BALANCED };
