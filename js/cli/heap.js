'use strict';

const { error } = require('../base/errors');
const output = require('./output');
const { number, parse } = require('./parse');

const summary = 'say who retains what in heap snapshots of V8';

const usage = ['leakline heap [OPTIONS] FILE.heapsnapshot', 'leakline heap [OPTIONS] FIRST SECOND …'];

const options = {
  of: { type: 'string', value: 'WHAT', help: 'only objects of a class, one as @ID, or those of FILE:LINE' },
  top: { type: 'string', value: 'N', help: 'entries of each list, 1 to 1000 (10)' },
  json: { type: 'boolean', help: 'print JSON' },
  color: output.options.color,
  'no-color': output.options['no-color'],
  width: output.options.width,
};

const notes = [
  'Of one file: what retains most, by object, class and owner, each with the path that keeps it.',
  'Of several files of one process, in their order: what grew in each.',
  'Names of properties and variables are printed, values and keys of large objects never.',
];

function run(args) {
  const { values, positionals } = parse('heap', options, args);
  const top = number('heap', 'top', values.top, { min: 1, max: 1000 }) ?? 10;
  const { color, width } = output.settings('heap', values);
  if (positionals.length === 0) throw error('ERR_LEAKLINE_USAGE', 'heap takes at least one file, got none.', 'heap');
  if (values.of !== undefined && positionals.length > 1) {
    throw error('ERR_LEAKLINE_USAGE', `--of takes one file, got ${positionals.length}.`, 'heap');
  }
  const native = require('../base/native').load();
  const answer = JSON.parse(native.heapFiles(JSON.stringify({
    files: positionals,
    of: values.of,
    top,
    progress: process.stderr.isTTY === true,
    format: values.json ? 'json' : 'text',
    text: { color, width, cwd: process.cwd() },
  })));
  if (answer.error) throw error(answer.error.code, ...answer.error.args);
  output.print(answer.output);
  return 0;
}

module.exports = { summary, usage, options, notes, run };
