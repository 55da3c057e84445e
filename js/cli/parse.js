'use strict';

const { parseArgs } = require('node:util');

const { error } = require('../base/errors');

/**
 * node:util's parseArgs, with its complaints turned into ERR_LEAKLINE_USAGE.
 *
 * @param {string} command for the hint
 * @param {object} options as a command's table has them
 * @param {string[]} args
 */
function parse(command, options, args) {
  try {
    return parseArgs({ args, options: plain(options), allowPositionals: true });
  } catch (reason) {
    // Its message goes on with advice about `--`, which no user of this command needs.
    const problem = reason.message.split(/[.\n]/, 1)[0];
    throw error('ERR_LEAKLINE_USAGE', `${problem}.`, command);
  }
}

/** Splits `[options] [--] program args…` at the program. */
function splitAtProgram(options, args) {
  const { tokens } = parseArgs({ args, options: plain(options), strict: false, allowPositionals: true, tokens: true });
  const border = tokens.find(({ kind }) => kind === 'option-terminator' || kind === 'positional');
  if (!border) return [args, []];
  const skip = border.kind === 'option-terminator' ? 1 : 0;
  return [args.slice(0, border.index), args.slice(border.index + skip)];
}

/** A number in a range, or ERR_LEAKLINE_USAGE. `undefined` stays undefined. */
function number(command, name, text, { min, max = Infinity, whole = true }) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  throw error('ERR_LEAKLINE_USAGE', `--${name} must be a ${whole ? 'whole ' : ''}number ${range}, got '${text}'.`, command);
}

/** One of a list, or ERR_LEAKLINE_USAGE. `undefined` stays undefined. */
function oneOf(command, name, text, choices) {
  if (text === undefined || choices.includes(text)) return text;
  throw error('ERR_LEAKLINE_USAGE', `--${name} must be one of ${choices.join(', ')}, got '${text}'.`, command);
}

module.exports = { parse, splitAtProgram, number, oneOf };

// parseArgs refuses nothing it does not know today; what is ours is kept from it all the same.
function plain(options) {
  return Object.fromEntries(Object.entries(options).map(([name, { type, short }]) => [name, short ? { type, short } : { type }]));
}
