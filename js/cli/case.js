'use strict';

const { error } = require('../base/errors');
const { clean } = require('../base/clean');
const { joined } = require('./flight/at');
const { parse } = require('./parse');

const summary = 'write the report of an incident: what leaks, since which commit, with a test that proves it';

const usage = [
  'leakline case [OPTIONS] FILE.lkf|REPORT.json|PID|case.json [--out DIR]',
  'leakline case test FINGERPRINT [--runner RUNNER] [--from FILE | --case DIR] [--out FILE]',
  'leakline case verify TEST --before REV --after REV [--prepare COMMAND]',
  'leakline case compare BEFORE.lkf AFTER.lkf [--case DIR]',
];

const options = {
  out: { type: 'string', value: 'DIR', help: 'where it is written (case- and the fingerprint)' },
  repo: { type: 'string', value: 'DIR', help: 'the repository of the service (.)' },
  site: { type: 'string', value: 'FINGERPRINT', help: 'which line it is of; the most suspicious unless said otherwise' },
  at: { type: 'string', value: 'TIME', help: 'of a flight file: the state so long before the last, -10m, or at a date' },
  since: { type: 'string', value: 'TIME', help: 'when the incident began: a date, or 2h for two hours ago' },
  reason: { type: 'string', value: 'WORD', help: 'what the platform says of the end, such as OOMKilled' },
  prom: { type: 'string', value: 'URL', help: 'ask this Prometheus for the first alert' },
  ask: { type: 'boolean', help: 'ask for what only a person knows, at most ten questions' },
  answers: { type: 'string', value: 'FILE', help: 'take the answers from a JSON file' },
  runner: { type: 'string', value: 'RUNNER', help: 'node, jest, vitest or mocha (the one that package.json names)' },
  from: { type: 'string', value: 'FILE', help: 'of test: the recording' },
  case: { type: 'string', value: 'DIR', help: 'of test, verify and compare: the case that takes the result' },
  before: { type: 'string', value: 'REV', help: 'of verify: a revision with the leak' },
  after: { type: 'string', value: 'REV', help: 'of verify: a revision without it' },
  prepare: { type: 'string', value: 'COMMAND', help: 'of verify: run in each checkout before the test' },
  timeout: { type: 'string', value: 'S', help: 'of verify: seconds that a run may take, 1 to 3600 (300)' },
  json: { type: 'boolean', help: 'print JSON in place of words' },
};

const notes = [
  'DIR gets case.md, case.html, case.json, leak.test.js, rules.yml with its test, report.sarif and',
  'profile.pb.gz. What leakline proposes is marked so; what only a person knows is asked. Answers are',
  'kept in case.json, of which leakline case DIR writes all again. A test that is there is left alone.',
  'verify runs the test in two checkouts: it must fail before for that leak, and pass after. Else the',
  'exit code is 1.',
  'Fields that need git are left with a word where there is none.',
];

/** The verbs, each with how many arguments it takes. */
const VERBS = {
  test: [1, 'a fingerprint', ([fingerprint], values, progress) => require('./case/skeleton').skeleton(fingerprint, values, progress)],
  verify: [1, 'a test', ([test], values, progress) => require('./case/verify').verify(test, values, progress)],
  compare: [2, 'two recordings', (files, values) => require('./case/compare').compare(files, values)],
};

function run(args) {
  const { values, positionals } = parse('case', options, joined(args));
  const [verb, ...rest] = positionals;
  // Whoever reads JSON wants nothing else; progress is for people.
  const progress = (line) => {
    if (!values.json) process.stderr.write(`leakline: ${clean(line)} …\n`);
  };
  if (Object.hasOwn(VERBS, verb ?? '')) {
    const [count, what, act] = VERBS[verb];
    if (rest.length !== count) throw error('ERR_LEAKLINE_USAGE', `case ${verb} takes ${what}, got ${rest.length}.`, 'case');
    return act(rest, values, progress);
  }
  if (positionals.length !== 1) throw error('ERR_LEAKLINE_USAGE', `case takes a recording, got ${positionals.length}.`, 'case');
  return require('./case/make').make(verb, values, progress);
}

module.exports = { summary, usage, options, notes, run };
