'use strict';

/** What tests have left, once what is late has had its time. */

const originals = require('../../base/originals.js');
const { isIgnored } = require('../../base/ignore.js');
const { sendMoved } = require('../../recording/positions.js');

/** What clears a moment late is waited for in growing steps, in ms. */
const FIRST_WAIT_MS = 5;

/**
 * @param {object} options
 * @param {object} options.native the addon
 * @param {object} options.engine recording
 * @param {ReturnType<import('../../engine/engine.js').engineOf>['watch']} options.watched
 * @param {object} options.realm
 * @param {{ kinds: string[] | null, graceMs: number }} options.config
 * @param {(string | RegExp)[]} options.ignore
 * @param {(test: object) => boolean} options.counts whether a test is one of those that are judged, not a try that was
 * not the last
 */
function createLeftovers({ native, engine, watched: { windows, disownClosed }, realm, config, ignore, counts }) {
  const ignored = isIgnored(ignore);

  /** Those of tests that are meant, each with its tests. */
  function look(isMeant, { gc = false } = {}) {
    engine.look('watch', { gc });
    disownClosed();
    return JSON.parse(native.leftovers())
      .map(({ window, ...leftover }) => ({ ...leftover, owners: innermost(windows.testsOf(window).filter(counts)) }))
      .filter(({ owners, kind, stack }) => isMeant(owners) && (config.kinds?.includes(kind) ?? true) && !ignored(stack));
  }

  return {
    /** Whether there is anything of tests that are meant; it may be garbage. */
    isAny: (isMeant) => look(isMeant).length > 0,

    /**
     * @param {(owners: object[]) => boolean} isMeant
     * @param {(left: ReturnType<typeof look>) => boolean} fails whether it is worth to wait for less
     */
    async settled(isMeant, fails) {
      const until = originals.now() + config.graceMs;
      let left = look(isMeant);
      for (let wait = FIRST_WAIT_MS; fails(left); wait *= 2) {
        await pause(Math.min(wait, until - originals.now()));
        left = look(isMeant, { gc: true });
        if (originals.now() >= until) break;
      }
      return sendMoved(native, left.flatMap(({ stack }) => stack), realm) ? look(isMeant) : left;
    },
  };
}

/** Tests without those that others among them are a part of. */
function innermost(tests) {
  const outer = new originals.Set();
  for (const test of tests) for (let { parent } = test; parent !== undefined; { parent } = parent) outer.add(parent);
  return tests.filter((test) => !outer.has(test));
}

/** Some turns of the event loop, by a timer that is nobody's. */
function pause(ms) {
  return new originals.Promise((resolve) => originals.setTimeout(resolve, ms));
}

module.exports = { createLeftovers, innermost };
