'use strict';

/**
 * Names are the program's: they may be long, and hold what must not stay in memory. What is kept of one is cut before, and a
 * long one is known again by a hash.
 */

const call = Function.prototype.call;
const charCodeAt = call.bind(String.prototype.charCodeAt);
const substring = call.bind(String.prototype.substring);
const descriptionOf = call.bind(Object.getOwnPropertyDescriptor(Symbol.prototype, 'description').get);

/** The longest name that is kept as it is, in UTF-16 units. */
const MAX_NAME = 64;
/** Units of a long one that make its hash. */
const SAMPLES = 64;
/** The most characters kept of a text in a label; the collector shows fewer. */
const MAX_SHOWN = 100;
/** What is kept of a function's name, and of a script's. Paths are shorter than that; a `data:` URL is not. */
const MAX_FUNCTION = 256;
const MAX_SCRIPT = 1024;

/** Whether a name, or a symbol's description, is so long that nothing may hold it but the program. */
function isLong(name) {
  if (typeof name === 'string') return name.length > MAX_NAME;
  return typeof name === 'symbol' && (descriptionOf(name)?.length ?? 0) > MAX_NAME;
}

/** A name itself, or a number for one that is long: two of those may have the same, if they are as long and nearly equal. */
function idOf(name) {
  if (!isLong(name)) return name;
  const text = typeof name === 'symbol' ? descriptionOf(name) : name;
  let hash = text.length;
  // FNV-1a over a sample: the whole would take as long as what the program does with it.
  for (let i = 0; i < SAMPLES; i++) hash = Math.imul(hash ^ charCodeAt(text, Math.floor((i * (text.length - 1)) / (SAMPLES - 1))), 0x01000193);
  return hash + 0.5; // no delay
}

/** The first units of a text, in a string of its own: V8 makes a part of a string a view of it, which holds the whole. */
function cut(text, max = MAX_SHOWN) {
  if (text.length <= max) return text;
  // A view again, but of the string that is joined for it.
  return substring(`-${substring(text, 0, max)}`, 1);
}

module.exports = { MAX_FUNCTION, MAX_SCRIPT, cut, idOf, isLong };
