'use strict';

const path = require('node:path');

const { error } = require('../base/errors');
const { tables } = require('../base/option-table');
const { SIGNAL_RULE, signalIn } = require('../base/signal');
const { dieOf, start } = require('./child');
const { flagsOf, valueOf } = require('./flags');
const { parse, splitAtProgram } = require('./parse');

const summary = 'run a program with leakline and print what leaks at its end';

const usage = ['leakline run [OPTIONS] -- node app.js [ARGS]', 'leakline run [OPTIONS] -- npm start'];

const { mode, ...others } = flagsOf('start');
const options = {
  mode,
  report: { type: 'string', value: 'FILE', help: "where the report goes: stderr, or a file, '.json' for JSON (stderr)" },
  signal: { type: 'string', value: 'NAME', help: 'also report on this signal, such as SIGUSR2 or SIGUSR2:retainers, and go on' },
  ...others,
};

const notes = [
  'Every Node process that the program starts inherits leakline. The exit code is the program\'s own.',
];

/** The arguments in front of the program. */
function ownArgs(args) {
  return splitAtProgram(options, args)[0];
}

async function run(args) {
  const [own, [program, ...rest]] = splitAtProgram(options, args);
  const { values } = parse('run', options, own);
  const variables = variablesOf(values, process.env);
  if (program === undefined) {
    throw error('ERR_LEAKLINE_USAGE', 'There is no program to run: put it after --, as in leakline run -- node app.js.', 'run');
  }
  const signals = variables.LEAKLINE_SIGNAL ?? process.env.LEAKLINE_SIGNAL;
  const passedOn = signalIn(signals ?? '')?.name;
  const { code, signal } = await start('run', program, rest, { ...process.env, ...variables }, passedOn);
  return signal === null ? code : dieOf(signal);
}

module.exports = { summary, usage, options, notes, ownArgs, run };

// An option beats the variable that is set already, which beats the default.
function variablesOf(values, env) {
  // This command switches leakline on, whatever the environment says.
  const inherited = ['', '0', 'off', 'false'].includes(env.LEAKLINE ?? '') ? 'adaptive' : env.LEAKLINE;
  const variables = {
    LEAKLINE: valueOf('run', tables.start.mode, values.mode) ?? inherited,
    LEAKLINE_REPORT: reportTo(values.report) ?? env.LEAKLINE_REPORT ?? 'stderr',
    LEAKLINE_SIGNAL: signalOf(values.signal),
    NODE_OPTIONS: withRegister(env.NODE_OPTIONS ?? ''),
  };
  for (const option of Object.values(tables.start)) {
    const { flag, variable } = option;
    if (flag === undefined || variable === undefined || values[flag] === undefined) continue;
    valueOf('run', option, values[flag]);
    variables[variable] = values[flag];
  }
  for (const name of ['LEAKLINE_ALLOW', 'LEAKLINE_BASELINE']) if (variables[name] !== undefined) variables[name] = path.resolve(variables[name]);
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined).map(([k, v]) => [k, String(v)]));
}

// Absolute: the program may change its directory before it ends.
function reportTo(where) {
  return where === undefined || where === 'stderr' ? where : path.resolve(where);
}

function signalOf(name) {
  if (name === undefined) return undefined;
  if (signalIn(name) !== undefined) return name;
  throw error('ERR_LEAKLINE_USAGE', `--signal must be ${SIGNAL_RULE}, got '${name}'.`, 'run');
}

// An absolute path: a program in another directory, or a test runner's worker, does not find us by name.
function withRegister(nodeOptions) {
  const file = quoted(path.join(__dirname, '..', 'register.js'));
  if (nodeOptions.includes(file) || nodeOptions.includes('leakline/register')) return nodeOptions;
  // In front, so that it is loaded before other preloaded modules bind the functions it patches.
  return `--require ${file}${nodeOptions ? ` ${nodeOptions}` : ''}`;
}

// As Node reads NODE_OPTIONS: blanks separate, "…" keeps them, and a backslash escapes only inside of "…".
function quoted(file) {
  return /[ "]/.test(file) ? `"${file.replace(/["\\]/g, '\\$&')}"` : file;
}
