'use strict';

/** Garbage collections: to make one, and to notice those that V8 makes. */

const { now } = require('../base/originals.js');

let collect = null;

/** Collects all garbage, now. Exposes V8's own function for it on the first call. */
function collectGarbage() {
  collect ??= expose();
  collect();
}

/** Flags are the process's: another thread that does the same just then may have taken it back before it was seen here. */
const ATTEMPTS = 1_000;

function expose() {
  if (typeof globalThis.gc === 'function') return globalThis.gc;
  // Contexts made while the flag is set have `gc`; the program's own does not get it.
  const v8 = require('node:v8');
  const { runInNewContext } = require('node:vm');
  let exposed;
  for (let attempt = 0; exposed === undefined && attempt < ATTEMPTS; attempt++) {
    v8.setFlagsFromString('--expose-gc');
    exposed = runInNewContext('globalThis.gc');
  }
  v8.setFlagsFromString('--no-expose-gc');
  return exposed;
}

/** A heap of at most so many bytes is collected at once, in some 50 ms; … */
const SMALL_HEAP = 32 * 2 ** 20;
/** … one of at most so many by V8, in steps beside the program; of a larger one V8 chooses the time. */
const LARGE_HEAP = 2 ** 30;
/** What collections that nobody has asked for may take of the time: a thousandth, by the thread's own clock; … */
const MAX_SHARE = 1_000;
/** … in steps less than a hundredth of a core: a MiB takes one to three ms, most of them of other threads. So many ms a MiB pass before the next. */
const STEPS_GAP_MS = 400;

/**
 * Collections that nobody has asked for: only where they are cheap.
 * @param {() => void} collect collects all garbage and looks
 * @param {() => void} collectInSteps has V8 do so
 * @param {() => number} spent CPU time of this thread in ms; 0 where the system cannot say
 * @returns {() => void} collects, or does not
 */
function createGcOnRequest(collect, collectInSteps, spent) {
  let notBefore = 0;
  return () => {
    const from = now();
    if (from < notBefore) return;
    const used = require('node:v8').getHeapStatistics().used_heap_size;
    if (used > LARGE_HEAP) return;
    if (used > SMALL_HEAP) {
      collectInSteps();
      notBefore = from + (used / 2 ** 20) * STEPS_GAP_MS;
      return;
    }
    const before = spent();
    collect();
    const until = now();
    // On a busy machine it takes longer by the clock on the wall.
    notBefore = until + (before > 0 ? spent() - before : until - from) * MAX_SHARE;
  };
}

/** Collections that an object must have lived through to be old: two make it so, one is spare. */
const OLD_AFTER = 3;
/** Looks at a part of the owners after which all that a collection has ended are seen. */
const LOOKS = 8;

/**
 * Notices major collections, by an object that is old and then let go: only a major collection
 * ends it. Young objects that die meanwhile show that it has grown old.
 *
 * @param {object} native the addon, which hears of each when all is seen that it has ended
 * @param {{ hold(owner: object, collected: () => void): number }} owners
 * @param {() => number} clock
 * @param {() => void} collected called as soon as one is noticed
 * @returns {() => void} to be called with each look at a part of the owners
 */
function noticeMajorCollections(native, owners, clock, collected) {
  let canary = {};
  let lived = 0;
  let isWatching = false;
  /** The collection whose ends are being seen. */
  let noticedSince = 0;
  let looks = 0;

  return () => {
    if (looks > 0 && --looks === 0) native.collectedNoticed(noticedSince >>> 0);
    if (!isWatching) {
      isWatching = true;
      owners.retain({}, () => {
        isWatching = false;
        lived++;
      });
    }
    // The next begins when all is seen of this one.
    if (canary === null || lived < OLD_AFTER || looks > 0) return;
    const since = clock();
    native.expectCollection();
    owners.retain(canary, () => {
      canary = {};
      lived = 0;
      collected();
      noticedSince = since;
      looks = LOOKS;
    });
    canary = null;
  };
}

/**
 * Collections in steps that are asked for, and what they show: whoever was registered before one was asked for, and is there
 * when it has ended, is held.
 *
 * @param {object} native the addon
 * @param {() => number} clock
 * @returns {{ ask(): void, look(): void }} `look` is to be called with each look at a part of the owners
 */
function createCollectionsInSteps(native, clock) {
  /** When the one was asked for that is not made yet, or whose ends are not seen yet; -1 for none. */
  let since = -1;
  let looks = 0;
  return {
    ask() {
      if (since >= 0) return;
      const asked = clock();
      if (native.requestCollection()) since = asked;
    },

    look() {
      if (since < 0 || !native.isCollectionMade() || ++looks < LOOKS) return;
      native.collectedInSteps(since >>> 0);
      since = -1;
      looks = 0;
    },
  };
}

/** Semi-spaces that V8 counts into `heap_size_limit` beside the old generation. */
const SEMI_SPACES = 3;

/** How the memory is now. To be asked right after a collection: before it, garbage counts. */
function memoryNow(native) {
  const { used_heap_size: now, heap_size_limit: whole } = require('node:v8').getHeapStatistics();
  const { external, arrayBuffers, rss } = process.memoryUsage();
  // What was allocated since then would count.
  const used = native.usedAfterMajor() || now;
  return { used, external, arrayBuffers, rss, limit: Math.max(0, whole - SEMI_SPACES * semiSpace()) };
}

/** The most that one semi-space may take, in bytes; V8's own default where no flag says it. */
function semiSpace() {
  const flags = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(' ')];
  const size = flags.map((flag) => /^--max-semi-space-size=(\d+)$/.exec(flag)?.[1]).find(Boolean);
  return Number(size ?? 16) * 2 ** 20;
}

module.exports = { memoryNow, collectGarbage, createCollectionsInSteps, createGcOnRequest, noticeMajorCollections };
