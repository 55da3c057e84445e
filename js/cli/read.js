'use strict';

const fs = require('node:fs');

const { error } = require('../base/errors');
const { timeOf } = require('./flight/at');
const { isFlightFile, readFlight, target } = require('./flight/files');

// The shape that this version reads; it grows only when a field changes its meaning.
const SCHEMA = 1;

/**
 * A snapshot, diff or check result from a JSON file, the summary of a test run, or the snapshot of a flight file; `-` is
 * standard input.
 *
 * @param {string} file
 * @param {{ command?: string, at?: string, mark?: string }} [which] state of a flight file; the last one unless said
 * otherwise
 * @throws {LeaklineError} ERR_LEAKLINE_FILE, ERR_LEAKLINE_SNAPSHOT or ERR_LEAKLINE_FLIGHT, naming the file
 */
function read(file, which) {
  return flightOf(file, which)?.snapshot ?? readJson(file);
}

/** Sites whose history is read. */
const COURSES = 8;

/** What a flight file holds; undefined for any other. A process is named by its pid. `course`: with its history. */
function flightOf(file, { command, at, mark, course = false } = {}) {
  const isProcess = /^\d+$/.test(file) && !fs.existsSync(file);
  if (!isProcess && (file === '-' || !isFlightFile(file))) {
    if (at === undefined && mark === undefined) return undefined;
    throw error('ERR_LEAKLINE_FLIGHT', file, 'it is no flight file: only those have earlier states', 'Leave the time or the mark out.');
  }
  const { file: found, pid } = target(file);
  const wanted = course ? { pid, course: COURSES } : { pid };
  const last = readFlight(found, { ...wanted, mark });
  if (at === undefined) return last;
  return readFlight(found, { ...wanted, atUnixMs: timeOf(command, at, last.atUnixMs) });
}

function readJson(file) {
  const name = file === '-' ? 'standard input' : file;
  const value = parsed(name, textOf(name, file === '-' ? 0 : file));
  const problem = problemOf(value);
  if (problem) throw error('ERR_LEAKLINE_SNAPSHOT', name, problem);
  return value;
}

/** 'snapshot', 'diff', 'check', 'tests', or undefined when it is none of them. */
function shapeOf(value) {
  if (['snapshot', 'diff', 'check', 'tests'].includes(value?.type)) return value.type;
  if (Array.isArray(value?.leaks) && Number.isInteger(value.files) && Number.isInteger(value.tests)) return 'tests';
  if (Array.isArray(value?.leaks)) return 'check';
  if (!Array.isArray(value?.sites)) return undefined;
  if (value.before && value.after) return 'diff';
  return value.process && value.totals ? 'snapshot' : undefined;
}

/** Shapes in words. */
const SHAPES = { snapshot: 'a snapshot', diff: 'a diff', check: 'a check result', tests: 'the summary of a test run' };

/** What a value is, in words. */
function shapeNameOf(value) {
  return SHAPES[shapeOf(value)] ?? 'none of leakline\'s';
}

/** Calls into the engine, naming the file where it finds what the look above does not see. */
function naming(file, call) {
  try {
    return call();
  } catch (reason) {
    // The engine itself says no more than what is wrong.
    if (reason.code === 'GenericFailure') throw error('ERR_LEAKLINE_SNAPSHOT', file, reason.message);
    if (reason.code !== 'ERR_LEAKLINE_SNAPSHOT') throw reason;
    throw error('ERR_LEAKLINE_SNAPSHOT', file, reason.args[1]);
  }
}

module.exports = { read, flightOf, shapeOf, shapeNameOf, naming };

const PROBLEMS = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
};

function textOf(name, source) {
  try {
    return fs.readFileSync(source, 'utf8');
  } catch (reason) {
    throw error('ERR_LEAKLINE_FILE', name, PROBLEMS[reason.code] ?? reason.message);
  }
}

function parsed(name, text) {
  try {
    // Editors on Windows put a byte order mark in front, which JSON does not know.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (reason) {
    throw error('ERR_LEAKLINE_SNAPSHOT', name, `it is not JSON (${reason.message})`);
  }
}

/** What stands in place of a number can be anything. */
function brief(value) {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function problemOf(value) {
  const shape = shapeOf(value);
  if (shape === undefined) return 'it is JSON, but has none of their fields';
  // A check result carries no version: its fields are part of the interface.
  if (shape !== 'check' && value.schema !== SCHEMA) return `its schema is ${brief(value.schema)}, this version reads ${SCHEMA}`;
  return undefined;
}
