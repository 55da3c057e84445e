'use strict';

/** The line of a variable, where the file on disk is what runs. */

const fs = require('node:fs');
const { inVariable, masked, positionAt } = require('../text.js');

const { apply } = Reflect;
const { toString } = Function.prototype;

/** Masking a text reads it character by character: of a larger one, in bytes, no line is looked for. */
const MAX_FILE = 512 * 1024;

/**
 * @param {object} of
 * @param {string} of.name `queue.jobs`, from a variable on
 * @param {string} of.file
 * @param {Function | undefined} of.around a function that is written in that file
 * @returns {import('../../index.js').Frame} without a position where the line is not known
 */
function lineOf({ name, file, around }) {
  const unknown = { function: null, file, line: 0, column: 0 };
  const variable = /^[\w$]+/.exec(name)?.[0];
  if (variable === undefined || around === undefined) return unknown;
  try {
    const { size } = fs.statSync(file);
    if (size > MAX_FILE) return unknown;
    const text = fs.readFileSync(file, 'utf8');
    // A file that was transformed when it was loaded has other positions.
    if (!text.includes(apply(toString, around, []))) return unknown;
    const at = inVariable(masked(text), variable);
    return at === null ? unknown : { ...unknown, ...positionAt(text, at) };
  } catch {
    // It was no file, or may not be read.
    return unknown;
  }
}

module.exports = { lineOf };
