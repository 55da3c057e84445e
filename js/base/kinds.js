'use strict';

/** The kinds that leakline records itself. Any other name is a kind of the program's own, for `track()`. */

const { nearest } = require('./nearest.js');

const KINDS = ['listener', 'timeout', 'interval', 'immediate', 'map', 'set', 'array', 'object', 'handle', 'pool', 'heap', 'buffer'];

/** Those of memory that is sampled: nothing is registered, and no object of a site is known. `is_sampled` of the addon says the same. */
const SAMPLED = ['heap', 'buffer'];

/** Those that no hook records, but a census, a look at the heap or samples of memory find. */
const COUNTED = ['array', 'object', ...SAMPLED];

/** Names that reports use, or will: `track()` takes none of them. */
const RESERVED = [...KINDS, 'emitter'];

/** What others call them. */
const SYNONYMS = { timer: 'timeout', timers: 'timeout', event: 'listener', events: 'listener', emitter: 'listener' };

const MAX_BYTES = 64;

/** Whether it may name a kind at all. */
const isName = (value) => typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= MAX_BYTES;

/**
 * The kind that a name was meant to be; undefined for a kind of leakline's, and for a name that resembles none.
 * @param {string} name
 * @returns {string | undefined}
 */
function kindMeant(name) {
  if (KINDS.includes(name)) return undefined;
  return Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name] : nearest(name, KINDS);
}

module.exports = { COUNTED, KINDS, RESERVED, SAMPLED, isName, kindMeant };
