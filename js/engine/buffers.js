'use strict';

/**
 * Samples of the memory of Buffers, ArrayBuffers and typed arrays: which lines allocate what of it stays. The addon takes them in
 * V8's allocator; here is begun, asked four times a second, and ended, and here are stacks read that it does not know yet.
 */

const { callSitesOf, framesOfError, withDepth } = require('../recording/stack.js');
const { noteOnce } = require('../base/internal-errors.js');
const { stringify } = require('../base/primordials.js');
const { passOn } = require('./samples.js');

/** In a trial each Buffer is a sample. */
const TRIAL_INTERVAL = 1;
const TRIAL_BYTES = 10_000;
const TRIAL_DEPTH = 10;

/** Whether the addon sees what V8 allocates and frees, and by whom, once known; null where no stack can be captured. */
let isRight;

/**
 * @param {object} native the addon
 * @param {object} options
 * @param {number} options.interval bytes between samples; 0 for the addon to choose
 * @param {(stack: object[]) => boolean} options.isIgnored
 * @param {(stack: object[]) => void} options.onStack called with each stack that is reported
 * @returns {{ tick(mayCollect: boolean): void, end(): void } | null} null where V8's allocator cannot be asked
 */
function createBuffers(native, { interval, isIgnored, onStack }) {
  const begin = (bytes) => native.beginBuffers(JSON.stringify({ interval: bytes }));
  if (isRight === undefined && begin(TRIAL_INTERVAL)) {
    try {
      isRight = isTrialRight(native);
    } finally {
      native.endBuffers();
    }
  }
  // A note says so already.
  if (isRight === null) return null;
  if (isRight === false || !begin(interval)) {
    noteOnce("memory of Buffers is not sampled, so that lines whose Buffers pile up are not named: V8's allocator is not as it is known, or another has changed it");
    return null;
  }

  function learn() {
    const errors = native.bufferStacks();
    const stacks = [];
    for (let i = 0; i < errors.length; i++) stacks[i] = read(errors[i]);
    if (stacks.length > 0) native.learnBufferStacks(stringify(stacks));
  }

  return {
    /** @param {boolean} mayCollect whether a major collection may be asked for */
    tick(mayCollect) {
      learn();
      const changed = native.buffersTick(mayCollect);
      passOn(native, native.bufferNotes(), changed, (stack) => {
        onStack(stack);
        return isIgnored(stack);
      });
    },

    end: () => native.endBuffers(),
  };
}

/** The frames of a captured stack; null where nobody is to be judged by it. */
function read(error) {
  try {
    return framesOfError(error);
  } catch (reason) {
    noteOnce('the stack of a Buffer could not be read', reason);
    return null;
  }
}

/** Allocates what samples have to show. */
function isTrialRight(native) {
  if (!native.areBuffersRight()) return false;
  const take = () => {
    const errors = native.bufferStacks();
    native.learnBufferStacks('[]');
    return errors;
  };
  take();
  function allocatesForATrial() {
    return new Uint8Array(TRIAL_BYTES);
  }
  if (!withDepth(TRIAL_DEPTH, allocatesForATrial)) return null;
  const is = (callSite) => callSite.getFunctionName() === allocatesForATrial.name && callSite.getFileName() === __filename;
  return take().some((error) => callSitesOf(error).some(is));
}

module.exports = { createBuffers };
