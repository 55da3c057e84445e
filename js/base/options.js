'use strict';

/** What `start` takes and what the environment says, checked in one place. */

const { error } = require('./errors.js');

/**
 * @typedef {object} Settings complete and valid
 * @property {'counts' | 'adaptive' | 'full'} mode
 * @property {string[] | null} kinds null for all
 * @property {number} stackDepth
 * @property {number} budget
 * @property {number} minSize
 * @property {boolean} stackKeys
 * @property {(string | RegExp)[]} ignore
 * @property {string | object[] | null} known
 * @property {boolean} gc
 * @property {object | null} report
 * @property {import('./flight.js').FlightSettings | null} flight
 */

const MODES = ['counts', 'adaptive', 'full'];

const isNumber = (from, to) => (value) => typeof value === 'number' && value >= from && value <= to;
const isInteger = (from, to) => (value) => Number.isInteger(value) && value >= from && value <= to;
const isListOf = (test) => (value) => Array.isArray(value) && value.every(test);
const isObject = (value) => typeof value === 'object' && value !== null;
/** Whether it can be written down: nothing that holds itself. */
const isJson = (value) => attempt(() => JSON.stringify(value)) !== undefined;
const isName = (value) => typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= 64;

/** How long something checkedOut may be held, wherever that is asked for. */
const overdue = { rule: 'an integer from 1 to 2147483647 (milliseconds)', test: isInteger(1, 2 ** 31 - 1) };

/** What is on unless it is switched off. */
const switchedOn = { fallback: true, rule: 'true or false', test: (value) => typeof value === 'boolean', read: truth };

/** Each option: its default, its rule in words and as a test, and its variable with how to read it. */
const OPTIONS = {
  mode: { fallback: 'adaptive', rule: "'counts', 'adaptive' or 'full'", test: (value) => MODES.includes(value) },
  kinds: {
    fallback: null,
    rule: "a list of kinds, such as ['listener', 'map']",
    test: (value) => isListOf(isName)(value) && value.length > 0,
    variable: 'LEAKLINE_KINDS',
    read: list,
  },
  stackDepth: {
    fallback: 16,
    rule: 'an integer from 1 to 64',
    test: isInteger(1, 64),
    variable: 'LEAKLINE_STACK_DEPTH',
    read: Number,
  },
  budget: {
    fallback: 0.01,
    rule: 'a number from 0.001 to 1 (a share of the CPU time of its thread)',
    test: isNumber(0.001, 1),
    variable: 'LEAKLINE_BUDGET',
    read: Number,
  },
  minSize: {
    fallback: 1000,
    rule: 'an integer from 1 to 4294967295 (entries)',
    test: isInteger(1, 2 ** 32 - 1),
    variable: 'LEAKLINE_MIN_SIZE',
    read: Number,
  },
  stackKeys: { ...switchedOn, variable: 'LEAKLINE_STACK_KEYS' },
  ignore: {
    fallback: [],
    rule: 'a list of strings and regular expressions',
    test: isListOf((value) => (typeof value === 'string' && value !== '') || value instanceof RegExp),
    variable: 'LEAKLINE_IGNORE',
    read: (text) => list(text).map(pattern),
  },
  known: {
    fallback: null,
    rule: 'the path of a file, or a list of known leaks',
    test: (value) => (typeof value === 'string' && value !== '') || (isListOf(isObject)(value) && isJson(value)),
    variable: 'LEAKLINE_KNOWN',
    read: String,
  },
  gc: { ...switchedOn, variable: 'LEAKLINE_GC' },
};

/**
 * @param {unknown} options what the user passed
 * @returns {Settings}
 * @throws ERR_LEAKLINE_OPTION
 */
function fromOptions(options = {}) {
  if (typeof options !== 'object' || options === null) throw error('ERR_LEAKLINE_OPTION', 'options', 'an object', options);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTIONS, name));
  if (unknown !== undefined) {
    throw error('ERR_LEAKLINE_OPTION', 'options', `made of ${Object.keys(OPTIONS).join(', ')}`, unknown);
  }
  const settings = { report: null, flight: null };
  for (const [name, { fallback, rule, test }] of Object.entries(OPTIONS)) {
    const value = options[name];
    if (value !== undefined && !test(value)) throw error('ERR_LEAKLINE_OPTION', name, rule, value);
    settings[name] = value ?? fallback;
  }
  const misspelt = settings.kinds && require('./variables.js').misspeltKind(settings.kinds);
  if (misspelt) throw error('ERR_LEAKLINE_OPTION', 'kinds', `made of kinds: did you mean '${misspelt[1]}'`, misspelt[0]);
  // V8 compares a text from the command line or the environment letter by letter, and each registration asks for the mode.
  settings.mode = MODES.find((mode) => mode === settings.mode);
  return settings;
}

/**
 * What the environment asks for. A value that is not understood costs one warning and its
 * setting, never the service.
 * @param {Record<string, string | undefined>} env
 * @param {(line: string) => void} warn
 * @returns {(Settings & { signal: string | null }) | null} null for off
 */
function fromEnvironment(env, warn) {
  const mode = modeOf(env.LEAKLINE, warn);
  if (mode === null) return null;
  const { EVERY, intervalOf, targetOf } = require('./report-target.js');
  const { misspeltKind, warnOfVariables } = require('./variables.js');
  const settings = { ...fromOptions({ mode }), signal: null };
  for (const [name, { rule, test, variable, read }] of Object.entries(OPTIONS)) {
    const text = variable && env[variable];
    if (!text) continue;
    const value = attempt(() => read(text));
    const misspelt = name === 'kinds' && misspeltKind(value);
    if (misspelt) warn(`${variable} names no kind '${misspelt[0]}': did you mean '${misspelt[1]}'? using all kinds`);
    else if (value !== undefined && test(value)) settings[name] = value;
    else warn(`${variable} must be ${rule}; given ${JSON.stringify(text)}; using ${JSON.stringify(settings[name])}`);
  }
  settings.report = targetOf(env.LEAKLINE_REPORT, env);
  settings.signal = env.LEAKLINE_SIGNAL || null;
  settings.everyMs = env.LEAKLINE_EVERY ? intervalOf(env.LEAKLINE_EVERY) ?? null : null;
  if (env.LEAKLINE_EVERY && settings.everyMs === null) {
    warn(`LEAKLINE_EVERY must be ${EVERY.rule}; given ${JSON.stringify(env.LEAKLINE_EVERY)}; no report is written at intervals`);
  }
  warnOfVariables(env, warn);
  return settings;
}

function modeOf(text = '', warn) {
  const value = text.trim().toLowerCase();
  if (['', '0', 'off', 'false'].includes(value)) return null;
  if (['1', 'true', 'adaptive'].includes(value)) return 'adaptive';
  if (MODES.includes(value)) return value;
  warn(`LEAKLINE must be off, counts, adaptive or full; given ${JSON.stringify(text)}; leakline stays off`);
  return null;
}

function list(text) {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

/** What variables say for yes and no; undefined for anything else. */
function truth(text) {
  const at = ['0', 'off', 'false', '1', 'on', 'true'].indexOf(text.trim().toLowerCase());
  return at < 0 ? undefined : at > 2;
}

/** `/…/flags` is a regular expression, anything else itself. */
function pattern(text) {
  const parts = /^\/(.+)\/([a-z]*)$/.exec(text);
  return parts === null ? text : new RegExp(parts[1], parts[2]);
}

function attempt(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** True when both ask for the same. */
function sameSettings(a, b) {
  return Object.keys(OPTIONS).every((name) => show(a[name]) === show(b[name]));
}

/** Settings as the user would write them. */
function shown(settings) {
  return Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, settings[name]]));
}

function show(value) {
  if (!Array.isArray(value)) return String(value);
  return value.map((each) => (typeof each === 'object' && !(each instanceof RegExp) ? JSON.stringify(each) : String(each))).join();
}

module.exports = { overdue, fromOptions, fromEnvironment, sameSettings, shown };
