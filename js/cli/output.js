'use strict';

const { error } = require('../base/errors');
const { tables } = require('../base/option-table');
const { columnsOf, hasColor } = require('../base/terminal');
const { flagsOf, valueOf } = require('./flags');
const { oneOf } = require('./parse');

/** The options of every command that prints a report. */
const options = {
  ...flagsOf('report'),
  json: { type: 'boolean', help: 'as --format json' },
  html: { type: 'boolean', help: 'as --format html' },
  sarif: { type: 'boolean', help: 'as --format sarif' },
  'no-source': { type: 'boolean', help: 'show no lines of source files' },
  color: { type: 'boolean', help: 'use colour (when printing to a terminal)' },
  'no-color': { type: 'boolean', help: 'use none' },
  'fail-on': { type: 'string', value: 'WHAT', help: 'exit with 1 on a leak, or on a suspect too: leak, suspect, none (none)' },
};

/** What `report()` of the package takes, from parsed options. */
function settings(command, values, stream = process.stdout, env = process.env) {
  return {
    format: valueOf(command, tables.report.format, formatOf(command, values)) ?? 'text',
    color: colorOf(values, stream, env),
    width: valueOf(command, tables.report.width, values.width) ?? columnsOf(stream),
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

/** True for a site to be failed on: with one of the verdicts, not allowed, and not in a package, which its user cannot fix. */
function isFailure(site, verdicts) {
  return verdicts.includes(site.verdict) && site.allowed === undefined && !/[\\/]node_modules[\\/]/.test(site.origin?.file ?? '');
}

function print(text) {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

module.exports = { options, settings, failing, isFailure, print };

// The names of three formats are flags of their own.
function formatOf(command, { format, json, html, sarif }) {
  const given = [format, json && 'json', html && 'html', sarif && 'sarif'].filter(Boolean);
  if (new Set(given).size > 1) throw error('ERR_LEAKLINE_USAGE', `A report has one format, got ${given.join(' and ')}.`, command);
  return given[0];
}

// An option beats the environment.
function colorOf(values, stream, env) {
  if (values['no-color']) return false;
  return values.color || hasColor(stream, env);
}
