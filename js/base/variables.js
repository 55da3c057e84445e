'use strict';

/** Misspelt variables of the environment: without a warning they would do nothing. */

const { nearest } = require('./nearest.js');
const { tables, variables } = require('./option-table.js');

const PREFIX = 'LEAKLINE_';

/** Every variable that leakline reads or sets, without its prefix. */
const VARIABLES = [...Object.keys(variables), ...Object.values(tables.start).flatMap(({ variable }) => variable ?? [])]
  .filter((name) => name.startsWith(PREFIX))
  .map((name) => name.slice(PREFIX.length));

/** What others call them. */
const SYNONYMS = { MODE: 'LEAKLINE', OUTPUT: 'LEAKLINE_REPORT', FILE: 'LEAKLINE_REPORT', INTERVAL: 'LEAKLINE_EVERY' };

/** @param {Record<string, string | undefined>} env @param {(line: string) => void} warn */
function warnOfVariables(env, warn) {
  for (const name of Object.keys(env)) {
    const meant = variableMeant(name);
    if (meant !== undefined) warn(`leakline does not know the variable ${JSON.stringify(name)}: did you mean ${meant}?`);
  }
}

/** The variable that a misspelt name stands for; undefined for a right one, and for one that is not leakline's. */
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

module.exports = { warnOfVariables };
