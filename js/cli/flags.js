'use strict';

/** The command's flags for options of the table. */

const { error } = require('../base/errors');
const { tables } = require('../base/option-table');

/**
 * @param {keyof typeof tables} of whose options
 * @returns {Record<string, { type: 'string' | 'boolean', value?: string, help: string }>} by flag, as a command has them
 */
function flagsOf(of) {
  const flagged = Object.values(tables[of]).filter(({ flag }) => flag !== undefined);
  return Object.fromEntries(flagged.map((option) => [
    option.flag,
    { type: option.type === 'boolean' ? 'boolean' : 'string', value: option.placeholder, help: helpOf(option) },
  ]));
}

/**
 * What a flag of text stands for; undefined stays undefined.
 * @param {string} command
 * @param {import('../base/option-table').Option} option
 * @param {string | undefined} text
 * @throws ERR_LEAKLINE_USAGE
 */
function valueOf(command, option, text) {
  if (text === undefined) return undefined;
  const value = attempt(() => option.read(text));
  if (value !== undefined && option.test(value)) return value;
  const advice = option.hint?.(value);
  throw error('ERR_LEAKLINE_USAGE', `--${option.flag} must be ${option.rule}, got '${text}'.${advice ? ` ${advice}` : ''}`, command);
}

module.exports = { flagsOf, valueOf };

function helpOf({ help, range, fallback }) {
  const within = range === undefined ? '' : `, ${range[0]} to ${range[1]}`;
  const isShown = typeof fallback === 'string' || typeof fallback === 'number';
  return `${help}${within}${isShown ? ` (${fallback})` : ''}`;
}

function attempt(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}
