'use strict';

/**
 * What an option may be. Each value has the TypeScript `type`, the `rule` that a message says ("must be …"), the
 * `test` for it, and `read`, which makes a value of a variable's or a flag's text.
 */

const { kindMeant, isName } = require('./kinds.js');

/**
 * @typedef {object} Value
 * @property {string} type as `types/options.d.ts` has it
 * @property {string} rule completes "must be"
 * @property {(value: unknown) => boolean} test
 * @property {(text: string) => unknown} read undefined, or an error, for a text that is none
 * @property {[number, number]} [range] both ends belong to it
 * @property {string[]} [choices] where it is one of a few texts
 * @property {(value: unknown) => string | undefined} [hint] better advice about a value that fails the test
 */

/** @returns {Value} */
const integer = (from, to, unit) => ({
  type: 'number',
  rule: `an integer from ${from} to ${to}${unit === undefined ? '' : ` (${unit})`}`,
  range: [from, to],
  test: (value) => Number.isInteger(value) && value >= from && value <= to,
  read: numberOf,
});

/** @returns {Value} */
const number = (from, to, unit) => ({
  type: 'number',
  rule: `a number from ${from} to ${to}${unit === undefined ? '' : ` (${unit})`}`,
  range: [from, to],
  test: (value) => typeof value === 'number' && value >= from && value <= to,
  read: numberOf,
});

/** @type {Value} */
const numberAbove0 = { type: 'number', rule: 'a number above 0', test: (value) => typeof value === 'number' && value > 0, read: numberOf };

/** @type {Value} */
const boolean = { type: 'boolean', rule: 'true or false', test: (value) => typeof value === 'boolean', read: truthOf };

/** @returns {Value} */
const booleanOr = (choice) => ({
  type: `boolean | '${choice}'`,
  rule: `true, false or '${choice}'`,
  choices: [choice],
  test: (value) => typeof value === 'boolean' || value === choice,
  read: (given) => (given === choice ? choice : truthOf(given)),
});

/** @returns {Value} */
const oneOf = (...choices) => ({
  type: choices.map((choice) => `'${choice}'`).join(' | '),
  rule: `${choices.slice(0, -1).map((choice) => `'${choice}'`).join(', ')} or '${choices.at(-1)}'`,
  choices,
  test: (value) => choices.includes(value),
  read: String,
});

/** @returns {Value} */
const text = (rule = 'a string that is not empty') => ({
  type: 'string',
  rule,
  test: (value) => typeof value === 'string' && value !== '',
  read: String,
});

/** A kind to look for: of leakline, or a name that `track()` was given. @type {Value} */
const kind = {
  type: 'Kind',
  rule: "a kind, such as 'listener', or a name given to track()",
  test: (value) => isName(value) && kindMeant(value) === undefined,
  read: String,
  hint: didYouMean,
};

/** @type {Value} */
const kinds = {
  type: 'Kind[]',
  rule: "a list of kinds, such as ['listener', 'map']",
  test: (value) => Array.isArray(value) && value.length > 0 && value.every(kind.test),
  read: listOf,
  hint: (value) => (Array.isArray(value) ? didYouMean(value.find((each) => isName(each) && !kind.test(each))) : undefined),
};

/** Files, packages and functions. @type {Value} */
const patterns = {
  type: '(string | RegExp)[]',
  rule: 'a list of strings and regular expressions',
  test: (value) => Array.isArray(value) && value.every((each) => (typeof each === 'string' && each !== '') || each instanceof RegExp),
  read: (given) => listOf(given).map(patternOf),
};

const MIN_INTERVAL = 1_024;
const MAX_INTERVAL = 2 ** 30;

/** Whether, and how finely, allocations are sampled. @type {Value} */
const heap = {
  type: 'boolean | { interval?: number }',
  rule: `true, false or { interval } (bytes from ${MIN_INTERVAL} to ${MAX_INTERVAL}; in the environment 0, 1 or a size such as 128k)`,
  test: (value) => typeof value === 'boolean' || (isPlain(value) && Object.keys(value).every((key) => key === 'interval') && isInterval(value.interval)),
  read: (given) => {
    const truth = truthOf(given);
    return truth === undefined ? { interval: bytesOf(given) } : truth;
  },
};

/** @returns {Value} */
const instance = (type, rule, test) => ({ type, rule, test, read: () => undefined });

function didYouMean(name) {
  const meant = typeof name === 'string' ? kindMeant(name) : undefined;
  return meant && `Did you mean '${meant}'?`;
}

function numberOf(given) {
  return given.trim() === '' ? undefined : Number(given);
}

/** What variables say for yes and no; undefined for anything else. */
function truthOf(given) {
  const at = ['0', 'off', 'false', '1', 'on', 'true'].indexOf(given.trim().toLowerCase());
  return at < 0 ? undefined : at > 2;
}

const isPlain = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isInterval = (value) => value === undefined || (Number.isInteger(value) && value >= MIN_INTERVAL && value <= MAX_INTERVAL);

/** `131072`, `128k`, `1m`; NaN for anything else, which is no size. */
function bytesOf(given) {
  const parts = /^(\d+)([km]?)$/i.exec(given.trim());
  return parts === null ? NaN : Number(parts[1]) * { '': 1, k: 2 ** 10, m: 2 ** 20 }[parts[2].toLowerCase()];
}

function listOf(given) {
  return given.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

/** `/…/flags` is a regular expression, anything else itself. */
function patternOf(given) {
  const parts = /^\/(.+)\/([a-z]*)$/.exec(given);
  return parts === null ? given : new RegExp(parts[1], parts[2]);
}

module.exports = { integer, number, numberAbove0, boolean, booleanOr, oneOf, text, kind, kinds, patterns, heap, instance };
