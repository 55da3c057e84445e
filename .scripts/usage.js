'use strict';

// The options of a command of `npm run`. What `--help` prints is the comment at the top of the command's own file.

const fs = require('node:fs');
const { parseArgs } = require('node:util');

/**
 * What was given; ends the process at `--help`, and at an option that there is not.
 * @param {string} file the command's
 * @param {import('node:util').ParseArgsConfig['options']} options
 */
function readUsage(file, options) {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if (!values.help) return values;
    console.log(headerOf(file));
    process.exit(0);
  } catch (error) {
    console.error(`${error.message}\n\n${headerOf(file)}`);
    process.exit(2);
  }
}

function headerOf(file) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const first = lines.findIndex((line) => line.startsWith('//'));
  const end = lines.findIndex((line, i) => i > first && !line.startsWith('//'));
  return lines.slice(first, end).map((line) => line.replace(/^\/\/ ?/, '')).join('\n');
}

module.exports = { readUsage };
