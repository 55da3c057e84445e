'use strict';

/** Checks what the public functions take and what the environment says against the table of options. */

const { error } = require('./errors.js');
const { nearest } = require('./nearest.js');
const { tables } = require('./option-table.js');
const { EVERY, intervalOf, targetOf } = require('./report-target.js');
const { warnOfVariables } = require('./variables.js');
const { findFirst, hasOwn, keys } = require('./primordials.js');

/**
 * @typedef {object} Settings complete and valid
 * @property {'counts' | 'adaptive' | 'full'} mode
 * @property {string[] | null} kinds null for all
 * @property {number} stackDepth
 * @property {number} budget
 * @property {number} minSize
 * @property {boolean} stackKeys
 * @property {(string | RegExp)[]} ignore
 * @property {string | object[] | null} allow
 * @property {string | null} baseline
 * @property {boolean} pools
 * @property {boolean} allowGc
 * @property {boolean | { interval?: number }} heap
 * @property {object | null} report
 * @property {import('./flight.js').FlightSettings | null} flight
 */

const MODES = tables.start.mode.choices;

/**
 * The options that a function takes, each valid or its default.
 * @param {keyof typeof tables} of whose they are
 * @param {unknown} options what the user passed
 * @param {string} [name] of the argument, for the message
 * @returns {Record<string, any>}
 * @throws ERR_LEAKLINE_OPTION
 */
function checked(of, options = {}, name = 'options') {
  if (typeof options !== 'object' || options === null) throw error('ERR_LEAKLINE_OPTION', name, 'an object', options);
  const table = tables[of];
  const unknown = findFirst(keys(options), (each) => !hasOwn(table, each));
  if (unknown !== undefined) {
    const meant = nearest(unknown, Object.keys(table));
    throw error('ERR_LEAKLINE_OPTION', name, `made of ${Object.keys(table).join(', ')}`, unknown, meant && `Did you mean ${meant}?`);
  }
  const values = {};
  const names = keys(table);
  for (let i = 0; i < names.length; i++) {
    const each = names[i];
    const option = table[each];
    const value = options[each];
    if (value === undefined ? option.isRequired : !option.test(value)) {
      throw optionError(name === 'what' ? `what.${each}` : each, option, value);
    }
    values[each] = value ?? option.fallback;
  }
  return values;
}

/**
 * @param {string} name
 * @param {import('./option-table.js').Option} option
 * @param {unknown} value that fails its test
 */
function optionError(name, option, value) {
  const made = error('ERR_LEAKLINE_OPTION', name, option.rule, value, option.hint?.(value), hasType(option, value));
  Error.captureStackTrace(made, optionError);
  return made;
}

/** Whether a value that fails has the type of an option, so that it is out of its range. */
function hasType({ type }, value) {
  if (type.endsWith('[]')) return Array.isArray(value);
  if (type === 'number' || type === 'boolean') return typeof value === type;
  return typeof value === 'string';
}

/**
 * @param {unknown} options what the user passed to `start()`
 * @returns {Settings}
 * @throws ERR_LEAKLINE_OPTION
 */
function fromOptions(options) {
  const settings = { report: null, flight: null, ...checked('start', options) };
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
  const settings = { ...fromOptions({ mode }), signal: null };
  for (const [name, { rule, test, variable, read, hint }] of Object.entries(tables.start)) {
    const text = variable && env[variable];
    if (!text) continue;
    const value = attempt(() => read(text));
    if (value !== undefined && test(value)) {
      settings[name] = value;
      continue;
    }
    const advice = hint?.(value)?.replace(/^D/, 'd');
    const used = settings[name] === null ? 'the default' : JSON.stringify(settings[name]);
    warn(`${variable} must be ${rule}; given ${JSON.stringify(text)}; ${advice ? `${advice} ` : ''}using ${used}`);
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

function attempt(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** True when both ask for the same. */
function sameSettings(a, b) {
  return Object.keys(tables.start).every((name) => show(a[name]) === show(b[name]));
}

/** Settings as the user would write them. */
function shown(settings) {
  return Object.fromEntries(Object.keys(tables.start).map((name) => [name, settings[name]]));
}

function show(value) {
  if (!Array.isArray(value)) return typeof value === 'object' ? JSON.stringify(value) : String(value);
  return value.map((each) => (typeof each === 'object' && !(each instanceof RegExp) ? JSON.stringify(each) : String(each))).join();
}

module.exports = { checked, optionError, fromOptions, fromEnvironment, sameSettings, shown };
