'use strict';

/** The line of a variable, class, or property of a function, where the file on disk is what runs. */

const fs = require('node:fs');
const { offsetOf } = require('../sources.js');
const { classesOf, declarationsOf, inStatic, masked, positionAt } = require('../text.js');

/** Masking a text reads it character by character: of a larger one, in bytes, no line is looked for. */
const MAX_FILE = 512 * 1024;

/** Characters between where a function's text begins and where V8 has it begin: behind its name. */
const MAX_HEAD = 300;

/**
 * @param {string} name `queue.jobs`, from a variable on
 * @param {string} file of that variable
 * @param {import('./functions.js').Sample | undefined} sample a function of that file
 * @returns {import('../../index.js').Frame} without a position where the line is not known
 */
function lineOf(name, file, sample) {
  const unknown = { function: null, file, line: 0, column: 0 };
  const variable = /^[\w$]+/.exec(name)?.[0];
  const found = variable === undefined ? null : textOf(file, sample);
  if (found === null) return unknown;
  const { text, code } = found;
  const at = ofVariable(code, variable, sample.variables.has(variable)) ?? ofClass(code, variable) ?? ofStatic(code, name);
  return at === null ? unknown : { ...unknown, ...positionAt(text, at) };
}

/**
 * The text of a file, and the same without comments and strings; null where it is not what runs.
 * @param {string} file
 * @param {import('./functions.js').Sample | undefined} sample
 * @returns {{ text: string, code: string } | null}
 */
function textOf(file, sample) {
  if (sample === undefined) return null;
  try {
    if (fs.statSync(file).size > MAX_FILE) return null;
    const text = fs.readFileSync(file, 'utf8');
    return isWhatRuns(text, sample) ? { text, code: masked(text) } : null;
  } catch {
    // It is no file, or may not be read.
    return null;
  }
}

/** A module's variable is declared outside of all braces; another must be the only one of its name. */
function ofVariable(code, variable, isTop) {
  const found = declarationsOf(code, variable).filter(({ depth }) => !isTop || depth === 0);
  return found.length === 1 ? found[0].at : null;
}

/** Where the only class of that name begins: of its own list, or of one that an instance has. */
function ofClass(code, name) {
  const found = classesOf(code, name);
  return found.length === 1 ? found[0] : null;
}

/** Where a function gets the property: `createDebug.instances`. */
function ofStatic(code, name) {
  const [, owner, property] = /^([\w$]+)\.([\w$]+)$/.exec(name) ?? [];
  return property === undefined ? null : inStatic(code, owner, property);
}

/** What was transformed when it was loaded has other positions. */
function isWhatRuns(text, { beginning, line, column }) {
  const at = offsetOf(text, { lineNumber: line, columnNumber: column });
  const start = text.lastIndexOf(beginning, at);
  return start >= 0 && at - start <= MAX_HEAD;
}

module.exports = { lineOf, textOf };
