'use strict';

const { WIDTH, columnsOf, hasColor } = require('../base/terminal');
const { number, oneOf } = require('./parse');

/** The options of every command that prints a report. */
const options = {
  format: { type: 'string', value: 'FORMAT', help: 'text or json (text)' },
  all: { type: 'boolean', help: 'list steady and new sites too' },
  'no-source': { type: 'boolean', help: 'show no lines of source files' },
  'all-frames': { type: 'boolean', help: 'show the frames of packages too' },
  color: { type: 'boolean', help: 'use colour (when printing to a terminal)' },
  'no-color': { type: 'boolean', help: 'use none' },
  width: { type: 'string', value: 'N', help: 'columns to fill, 60 to 1000 (the terminal\'s)' },
  'fail-on': { type: 'string', value: 'WHAT', help: 'exit with 1 on a leak, or on a suspect too: leak, suspect, none (none)' },
};

/** What `report()` of the package takes, from parsed options. */
function settings(command, values, stream = process.stdout, env = process.env) {
  return {
    format: oneOf(command, 'format', values.format, ['text', 'json']) ?? 'text',
    color: colorOf(values, stream, env),
    width: number(command, 'width', values.width, WIDTH) ?? columnsOf(stream),
    all: values.all ?? false,
    allFrames: values['all-frames'] ?? false,
    source: !values['no-source'],
  };
}

/** The verdicts that make the exit code 1. */
function failing(command, values) {
  const worst = oneOf(command, 'fail-on', values['fail-on'], ['leak', 'suspect', 'none']) ?? 'none';
  return { leak: ['leak'], suspect: ['leak', 'suspect'], none: [] }[worst];
}

/** True for a site to be failed on: with one of the verdicts, not known, and not in a package, which its user cannot fix. */
function isFailure(site, verdicts) {
  return verdicts.includes(site.verdict) && site.known === undefined && !/[\\/]node_modules[\\/]/.test(site.origin?.file ?? '');
}

function print(text) {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

module.exports = { options, settings, failing, isFailure, print };

// An option beats the environment.
function colorOf(values, stream, env) {
  if (values['no-color']) return false;
  return values.color || hasColor(stream, env);
}
