'use strict';

/** Names that somebody got wrong in the environment: without a word they would do nothing. */

const { nearest } = require('./nearest.js');

const PREFIX = 'LEAKLINE_';

/** Every variable that leakline reads or sets, without its prefix. */
const VARIABLES = [
  'BUDGET', 'CONFIG', 'DIR', 'EVERY', 'FIRST', 'FLIGHT', 'FORK', 'GC', 'HEAP', 'IGNORE', 'KINDS', 'KNOWN', 'LEAKS', 'MIN_SIZE',
  'NATIVE_PATH', 'NODE_TEST', 'REPORT', 'RUN', 'SIGNAL', 'STACK_DEPTH', 'STACK_KEYS', 'STANDBY_SIGNAL', 'UPDATE',
];

/** Kinds that leakline itself records; any other is for track(). */
const KINDS = ['listener', 'timeout', 'interval', 'immediate', 'map', 'set', 'array', 'handle', 'pool', 'heap', 'buffer'];

/** What others call them. */
const SYNONYMS = { MODE: 'LEAKLINE', OUTPUT: 'LEAKLINE_REPORT', FILE: 'LEAKLINE_REPORT', INTERVAL: 'LEAKLINE_EVERY' };
const KIND_SYNONYMS = { timer: 'timeout', timers: 'timeout', event: 'listener', events: 'listener' };

/** @param {Record<string, string | undefined>} env @param {(line: string) => void} warn */
function warnOfVariables(env, warn) {
  for (const name of Object.keys(env)) {
    const meant = variableMeant(name);
    if (meant !== undefined) warn(`leakline does not know the variable ${JSON.stringify(name)}: did you mean ${meant}?`);
  }
}

/** The variable of leakline's that a name was to be; undefined for one of its own, and one of somebody else. */
function variableMeant(name) {
  const at = name.indexOf('_');
  const [prefix, rest] = at < 0 ? [name, ''] : [name.slice(0, at + 1), name.slice(at + 1)];
  if (prefix === PREFIX) {
    if (VARIABLES.includes(rest)) return undefined;
    if (Object.hasOwn(SYNONYMS, rest)) return SYNONYMS[rest];
    const meant = nearest(rest, VARIABLES);
    return meant && PREFIX + meant;
  }
  if (nearest(prefix, [PREFIX]) === undefined) return undefined;
  return VARIABLES.includes(rest.toUpperCase()) ? PREFIX + rest.toUpperCase() : undefined;
}

/** The first kind that is a misspelling of one that leakline records, and which: `[given, meant]`; undefined without. */
function misspeltKind(kinds) {
  for (const kind of kinds) {
    if (KINDS.includes(kind)) continue;
    const meant = Object.hasOwn(KIND_SYNONYMS, kind) ? KIND_SYNONYMS[kind] : nearest(kind, KINDS);
    if (meant !== undefined) return [kind, meant];
  }
  return undefined;
}

module.exports = { KINDS, misspeltKind, warnOfVariables };
