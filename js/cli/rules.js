'use strict';

const fs = require('node:fs');
const path = require('node:path');

const { error } = require('../base/errors');
const { parse } = require('./parse');

const summary = 'print alert rules for Prometheus';

const usage = ['leakline rules > leakline.rules.yml', 'leakline rules --test > leakline.rules.test.yml'];

const options = {
  test: { type: 'boolean', help: 'print the rules\' own test instead, for `promtool test rules`' },
};

const notes = ['The rules are for what leakline.metrics() exposes.', 'Their test expects them beside it as rules.yml.'];

function run(args) {
  const { values, positionals } = parse('rules', options, args);
  if (positionals.length > 0) throw error('ERR_LEAKLINE_USAGE', `rules takes no file, got ${positionals.length}.`, 'rules');
  process.stdout.write(fs.readFileSync(path.join(__dirname, 'monitoring', values.test ? 'rules.test.yml' : 'rules.yml'), 'utf8'));
  return 0;
}

module.exports = { summary, usage, options, notes, run };
