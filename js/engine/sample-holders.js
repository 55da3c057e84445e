'use strict';

/** What holds what a function allocates, where a walk through the program has found that. */

const { Map } = require('../base/originals.js');
const { noteOnce } = require('../base/internal-errors.js');
const { ownerOf } = require('../census/sources.js');

/** Functions that are remembered. */
const MAX_FUNCTIONS = 1_000;

/**
 * @param {() => import('../census/reach/index.js').Reach | null} reach
 * @returns {(site: { number: number, stack?: object[] }) => string | null}
 */
function createHolders(reach) {
  /** By the number of a site: where its function begins, what holds it, and how much was recorded when that was looked for. */
  const functions = new Map();

  return ({ number, stack }) => {
    const frame = stack?.find(({ file }) => ownerOf(file) === 'application');
    if (frame !== undefined && functions.size < MAX_FUNCTIONS) functions.set(number, { frame, holder: null, begun: 0 });
    const known = functions.get(number);
    const walked = known === undefined ? null : reach();
    if (walked === null) return null;
    const begun = walked.begun();
    if (known.holder !== null || known.begun === begun) return known.holder;
    known.begun = begun;
    try {
      return (known.holder = walked.holderOf(known.frame));
    } catch (error) {
      noteOnce('what holds the objects of a function was not found', error);
      return null;
    }
  };
}

module.exports = { createHolders };
