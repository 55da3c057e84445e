'use strict';

const fs = require('node:fs');

const { error } = require('../base/errors');
const output = require('./output');
const { parse } = require('./parse');
const { flightOf, naming, read, shapeNameOf, shapeOf } = require('./read');

const summary = 'compare two snapshots, or a process with what it was at a mark';

const usage = [
  'leakline diff [OPTIONS] BEFORE.json AFTER.json',
  'leakline diff [OPTIONS] BEFORE.lkf AFTER.lkf',
  'leakline diff [OPTIONS] FILE.lkf|PID MARK',
];

const { options } = output;

const notes = ['With --fail-on, what counts is a site that came or grew, with the verdict it has in AFTER.'];

function run(args) {
  const { values, positionals } = parse('diff', options, args);
  const settings = output.settings('diff', values);
  const verdicts = output.failing('diff', values);
  if (positionals.length !== 2) {
    throw error('ERR_LEAKLINE_USAGE', `diff takes two files, got ${positionals.length}.`, 'diff');
  }
  const [before, after] = readBoth(positionals);
  const { diff, report } = require('../index.js');
  const both = positionals.join(' and ');
  const compared = naming(both, () => diff(before, after));
  output.print(naming(both, () => report(compared, settings)));
  return hasFailure(compared, after, verdicts) ? 1 : 0;
}

module.exports = { summary, usage, options, notes, run };

function readBoth([first, second]) {
  // A name that is no file's is a mark's.
  const isMark = !fs.existsSync(second) && !/^\d+$/.test(second) && flightOf(first) !== undefined;
  if (isMark) return [read(first, { mark: second }), read(first)];
  return [first, second].map(readSnapshot);
}

function readSnapshot(file) {
  const value = read(file);
  if (shapeOf(value) === 'snapshot') return value;
  throw error('ERR_LEAKLINE_SNAPSHOT', file, `diff compares snapshots, and it is ${shapeNameOf(value)}`);
}

function hasFailure(compared, after, verdicts) {
  const grown = compared.sites.filter(({ change }) => change === 'new' || change === 'grown').map(key);
  return after.sites.some((site) => output.isFailure(site, verdicts) && grown.includes(key(site)));
}

// A stack may exist in several threads.
function key({ fingerprint, thread }) {
  return `${thread} ${fingerprint}`;
}
