'use strict';

// The options of a command of `npm run`. What `--help` prints is the comment at the top of the command's own file.

const fs = require('node:fs');
const { parseArgs } = require('node:util');

/**
 * What was given; ends the process at `--help`, and at what the command does not take.
 * @param {string} file the command's
 * @param {import('node:util').ParseArgsConfig['options']} options
 * @returns {object} their values
 */
function readUsage(file, options) {
  return read(file, { options }).values;
}

/**
 * The same of a command that takes names as well.
 * @returns {{ values: object, positionals: string[] }}
 */
function readUsageWithNames(file, options) {
  return read(file, { options, allowPositionals: true });
}

function read(file, { options, ...how }) {
  try {
    const { values: { help, ...values }, positionals } = parseArgs({ ...how, options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if (!help) return { values, positionals };
    console.log(headerOf(file));
    process.exit(0);
  } catch (error) {
    console.error(`${error.message}\n\n${headerOf(file)}`);
    process.exit(2);
  }
}

/**
 * What an option was given, as a number.
 * @param {string} name the option's
 * @param {string} given
 * @throws {Error} for what is no number above 0
 */
function aboveZero(name, given) {
  const number = Number(given);
  if (!(number > 0)) throw new Error(`--${name} takes a number above 0, not '${given}'`);
  return number;
}

function headerOf(file) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const first = lines.findIndex((line) => line.startsWith('//'));
  const end = lines.findIndex((line, i) => i > first && !line.startsWith('//'));
  return lines.slice(first, end).map((line) => line.replace(/^\/\/ ?/, '')).join('\n');
}

module.exports = { aboveZero, readUsage, readUsageWithNames };
