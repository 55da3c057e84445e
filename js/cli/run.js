'use strict';

const os = require('node:os');
const path = require('node:path');

const { error } = require('../base/errors');
const { dieOf, start } = require('./child');
const { number, oneOf, parse, splitAtProgram } = require('./parse');

const summary = 'run a program with leakline and print what leaks at its end';

const usage = ['leakline run [OPTIONS] -- node app.js [ARGS]', 'leakline run [OPTIONS] -- npm start'];

const options = {
  mode: { type: 'string', value: 'MODE', help: 'full, adaptive or counts: how much is recorded (adaptive)' },
  report: { type: 'string', value: 'FILE', help: "where the report goes: stderr, or a file, '.json' for JSON (stderr)" },
  kinds: { type: 'string', value: 'A,B', help: 'what is tracked, e.g. listener,interval,map (all)' },
  signal: { type: 'string', value: 'NAME', help: 'also report on this signal, e.g. SIGUSR2, and go on' },
  budget: { type: 'string', value: 'N', help: 'share of the CPU time in adaptive mode, 0.001 to 1 (0.01)' },
  'stack-depth': { type: 'string', value: 'N', help: 'frames kept of each stack, 1 to 64 (16)' },
  'min-size': { type: 'string', value: 'N', help: 'entries from which a collection counts as oversized (1000)' },
  known: { type: 'string', value: 'FILE', help: 'leaks that are known: a configuration, or a snapshot of before' },
  ignore: { type: 'string', value: 'A,B', help: 'files, packages, functions or /patterns/ to leave out of the report' },
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
  const { code, signal } = await start('run', program, rest, { ...process.env, ...variables }, signals);
  return signal === null ? code : dieOf(signal);
}

module.exports = { summary, usage, options, notes, ownArgs, run };

// An option beats the variable that is set already, which beats the default.
function variablesOf(values, env) {
  // Whoever runs this command wants leakline on, whatever the environment says by default.
  const inherited = ['', '0', 'off', 'false'].includes(env.LEAKLINE ?? '') ? 'adaptive' : env.LEAKLINE;
  const variables = {
    LEAKLINE: oneOf('run', 'mode', values.mode, ['full', 'adaptive', 'counts']) ?? inherited,
    LEAKLINE_REPORT: reportTo(values.report) ?? env.LEAKLINE_REPORT ?? 'stderr',
    LEAKLINE_KINDS: values.kinds,
    LEAKLINE_SIGNAL: signalOf(values.signal),
    LEAKLINE_BUDGET: number('run', 'budget', values.budget, { min: 0.001, max: 1, whole: false }),
    LEAKLINE_STACK_DEPTH: number('run', 'stack-depth', values['stack-depth'], { min: 1, max: 64 }),
    LEAKLINE_MIN_SIZE: number('run', 'min-size', values['min-size'], { min: 1 }),
    LEAKLINE_IGNORE: values.ignore,
    LEAKLINE_KNOWN: values.known === undefined ? undefined : path.resolve(values.known),
    NODE_OPTIONS: withRegister(env.NODE_OPTIONS ?? ''),
  };
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined).map(([k, v]) => [k, String(v)]));
}

// Absolute: the program may change its directory before it ends.
function reportTo(where) {
  return where === undefined || where === 'stderr' ? where : path.resolve(where);
}

function signalOf(name) {
  if (name === undefined) return undefined;
  if (Object.hasOwn(os.constants.signals, name) && !['SIGKILL', 'SIGSTOP'].includes(name)) return name;
  throw error('ERR_LEAKLINE_USAGE', `--signal must be a signal that a process can handle, such as SIGUSR2, got '${name}'.`, 'run');
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
