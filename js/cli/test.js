'use strict';

const { error } = require('../base/errors');
const { dieOf, start } = require('./child');
const output = require('./output');
const { parse, splitAtProgram } = require('./parse');

const summary = 'run tests and print what they left behind, all in one';

const usage = ['leakline test [OPTIONS] -- npx jest [ARGS]', 'leakline test [OPTIONS] -- node --test'];

const options = {
  update: { type: 'boolean', help: 'let the baseline shrink, or make the first; --update=all takes in new leaks' },
  json: { type: 'string', value: 'FILE', help: 'also write the summary as JSON' },
};

const notes = [
  'The test runner must be set up with leakline: it is what fails the tests. The exit code is the',
  "runner's own, and 1 where it ended with 0 although a leak was to fail a test.",
];

/** The arguments in front of the program. */
function ownArgs(args) {
  return splitAtProgram(options, args)[0];
}

async function run(args) {
  const [own, [program, ...rest]] = splitAtProgram(options, args);
  const [update, others] = takeUpdate(own);
  const { values } = parse('test', options, others);
  if (program === undefined) {
    throw error('ERR_LEAKLINE_USAGE', 'There are no tests to run: put the command after --, as in leakline test -- npx jest.', 'test');
  }
  return runTests(program, rest, { ...process.env, ...(update && { LEAKLINE_UPDATE: update }) }, values.json);
}

module.exports = { summary, usage, options, notes, ownArgs, run };

// parseArgs knows no option that may have a value.
function takeUpdate(args) {
  const isUpdate = (arg) => arg === '--update' || arg.startsWith('--update=');
  const given = args.findLast(isUpdate);
  const others = args.filter((arg) => !isUpdate(arg));
  if (given === undefined) return [null, others];
  if (given === '--update') return ['1', others];
  if (given === '--update=all') return ['all', others];
  throw error('ERR_LEAKLINE_USAGE', `--update must stand alone or be --update=all, got '${given}'.`, 'test');
}

async function runTests(program, args, env, json) {
  // Not before there is a program: this loads the addon.
  const { abandon, begin, end } = require('../runners/core/run.js');
  const started = begin({ env });
  let ended;
  try {
    ended = await start('test', program, args, { ...env, ...started?.env });
  } catch (reason) {
    if (started !== null) abandon(started);
    throw reason;
  }
  // Somebody around this command sums up.
  const failed = started === null ? 0 : summed(end, started, env, json);
  if (ended.signal !== null) return dieOf(ended.signal);
  if (ended.code !== 0 || failed === 0) return ended.code;
  process.stderr.write('leakline: the tests ended with 0, although leaks were to fail some of them; this command ends with 1\n');
  return 1;
}

// On stderr, where test runners speak too: stdout may be read by a program.
function summed(end, started, env, json) {
  const { color, width } = output.settings('test', {}, process.stderr, env);
  return end(started, { print: (text) => process.stderr.write(text), json, text: { color, width }, env }).failed;
}
