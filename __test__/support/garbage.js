'use strict';

const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

/** Rounds at once, and then with pauses, in ms: on a busy machine V8 may be compiling what has the object at hand for a while. */
const AT_ONCE = 10;
const PATIENT = 40;
const PAUSE_MS = 50;

/** True when all of the objects were collected. WeakRefs keep their objects until the job that made them has ended. */
async function areCollected(...refs) {
  for (let i = 0; i < AT_ONCE + PATIENT; i++) {
    await new Promise((resolve) => (i < AT_ONCE ? setImmediate(resolve) : setTimeout(resolve, PAUSE_MS)));
    gc();
    if (refs.every((ref) => ref.deref() === undefined)) return true;
  }
  return false;
}

module.exports = { gc, areCollected };
