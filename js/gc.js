'use strict';

/** Garbage collections: to make one, and to notice those that V8 makes. */

const v8 = require('node:v8');
const vm = require('node:vm');

let collect = null;

/** Collects all garbage, now. Exposes V8's own function for it on the first call. */
function collectGarbage() {
  collect ??= expose();
  collect();
}

function expose() {
  if (typeof globalThis.gc === 'function') return globalThis.gc;
  // Contexts made while the flag is set have `gc`; the program's own does not get it.
  v8.setFlagsFromString('--expose-gc');
  try {
    return vm.runInNewContext('gc');
  } finally {
    v8.setFlagsFromString('--no-expose-gc');
  }
}

/** Collections that an object must have lived through to be old: two make it so, one is spare. */
const OLD_AFTER = 3;

/**
 * Notices major collections, by an object that is old and then let go: only a major collection
 * ends it. That it is old is told by young objects that die meanwhile, each by some collection.
 *
 * @param {{ hold(owner: object, record: { collected(): void }): number }} owners
 * @param {() => number} clock
 * @param {(since: number) => void} noticed called when a major collection has ended all that was
 * garbage at the time `since`
 * @returns {() => void} to be called now and then
 */
function noticeMajorCollections(owners, clock, noticed) {
  let canary = {};
  let lived = 0;
  let isWatching = false;

  return () => {
    if (!isWatching) {
      isWatching = true;
      const young = {
        collected() {
          isWatching = false;
          lived++;
        },
      };
      owners.hold({}, young);
    }
    if (canary === null || lived < OLD_AFTER) return;
    const since = clock();
    const old = {
      collected() {
        canary = {};
        lived = 0;
        noticed(since);
      },
    };
    owners.hold(canary, old);
    canary = null;
  };
}

module.exports = { collectGarbage, noticeMajorCollections };
