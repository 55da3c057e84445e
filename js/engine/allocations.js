'use strict';

/**
 * Samples of allocations: which functions of the application allocate what stays. V8 takes them, the addon reads them after
 * major garbage collections; here is begun, asked four times a second, and ended.
 */

const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { noteOnce } = require('../base/internal-errors.js');
const { passOn } = require('./samples.js');
const { createHolders } = require('./sample-holders.js');

/** leakline's own folder: what it allocates is nobody's leak. */
const FOLDER = path.join(__dirname, '..') + path.sep;
const OWN = [FOLDER, String(pathToFileURL(FOLDER))];

/** Bytes between the samples of a trial: so close that each of its objects is one. */
const TRIAL_INTERVAL = 64;
/** What is allocated in it. */
const TRIAL_ARRAYS = 100;
const TRIAL_LENGTH = 100;
/** About what V8 takes for it, within a half and twice: the elements, their objects, and a list that has grown. */
const TRIAL_BYTES = TRIAL_ARRAYS * TRIAL_LENGTH * 12;

/** Whether V8's profile is what the addon takes it for, once known. */
let isRight;

/**
 * @param {object} native the addon
 * @param {object} options
 * @param {number} options.interval bytes between samples; 0 for the addon to choose
 * @param {number} options.frames kept of each stack
 * @param {(stack: object[]) => boolean} options.isIgnored
 * @param {() => import('../census/reach/index.js').Reach | null} options.reach
 * @returns {{ tick(mayCollect: boolean): void, end(): void } | null} null where V8 cannot be asked
 */
function createAllocations(native, { interval, frames, isIgnored, reach }) {
  const begin = (bytes) => native.beginSampling(JSON.stringify({ interval: bytes, frames, own: OWN }));
  if (isRight === undefined && begin(TRIAL_INTERVAL) === 1) {
    isRight = isTrialRight(native);
    native.endSampling();
  }
  if (isRight === false || begin(interval) === 0) {
    noteOnce('allocations are not sampled, so that plain objects, closures and strings that pile up are not named: this V8 is not tested');
    return null;
  }

  const holderOf = createHolders(reach);
  return {
    /** @param {boolean} mayCollect whether a major collection may be asked for */
    tick(mayCollect) {
      const changed = native.samplingTick(mayCollect);
      passOn(native, native.samplingNotes(), changed, (stack) => isIgnored(stack.filter(({ file }) => !file.startsWith(FOLDER))), holderOf);
    },

    end: () => native.endSampling(),
  };
}

/** Allocates what a profile has to show. */
function isTrialRight(native) {
  const kept = [];
  function allocatesForATrial() {
    for (let i = 0; i < TRIAL_ARRAYS; i++) kept.push(new Array(TRIAL_LENGTH).fill(i));
  }
  allocatesForATrial();
  return native.isSamplingRight(allocatesForATrial.name, __filename, TRIAL_BYTES) && kept.length === TRIAL_ARRAYS;
}

module.exports = { createAllocations };
