'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const { clean } = require('../base/clean');
const { error } = require('../base/errors');
const { environment } = require('./doctor/environment');
const { files } = require('./doctor/files');
const { process: ofProcess } = require('./doctor/process');
const { print } = require('./output');
const { parse, splitAtProgram } = require('./parse');

const summary = 'say what is on, what is off, and why';

const usage = ['leakline doctor [OPTIONS]', 'leakline doctor [OPTIONS] -- node [OPTIONS OF NODE]'];

const options = {
  json: { type: 'boolean', help: 'print JSON: a list of checks' },
};

const notes = [
  'It looks at its own environment: run it where the service runs. After -- stands how the service runs',
  'node, without the script: leakline doctor -- node --require ./tracing.js.',
  'The exit code is 1 when a check is bad.',
];

/** How long the other Node may take, with all that it preloads. */
const TIMEOUT_MS = 60_000;

/** The arguments in front of the program. */
function ownArgs(args) {
  return splitAtProgram(options, args)[0];
}

function run(args) {
  const [own, [program = process.execPath, ...flags]] = splitAtProgram(options, args);
  const { values } = parse('doctor', options, own);
  // This process has the environment of the service too.
  const { isStarted, stop } = require('../index.js');
  if (isStarted()) stop();
  const seen = probed(program, flags);
  const checks = [...ofProcess(seen), ...environment(process.env, seen), ...files(process.env)];
  if (values.json) print(JSON.stringify(checks, null, 2));
  else print(table(checks));
  return checks.some(({ state }) => state === 'bad') ? 1 : 0;
}

module.exports = { summary, usage, options, notes, ownArgs, run };

/** What a Node says of itself that runs as the service does. */
function probed(program, flags) {
  const env = { ...process.env, LEAKLINE: 'off' };
  const probe = path.join(__dirname, 'doctor', 'probe.js');
  const { status, stdout, stderr, error: reason } = spawnSync(program, [...flags, probe], { env, encoding: 'utf8', timeout: TIMEOUT_MS });
  const line = stdout?.split('\n').findLast((each) => each.startsWith('{'));
  if (line !== undefined) return JSON.parse(line);
  const said = reason?.message ?? (stderr.trim().split('\n').find((each) => /error/i.test(each)) || `exit code ${status}`);
  throw error('ERR_LEAKLINE_USAGE', `${clean(program)} does not run a script of leakline's: ${clean(said)}.`, 'doctor');
}

/** @param {{ state: 'ok' | 'note' | 'bad', name: string, text: string, hint?: string }[]} checks */
function table(checks) {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ state, name, text, hint }) => [
    `${state.padEnd(4)}  ${name.padEnd(width)}  ${clean(text)}`,
    ...(hint === undefined ? [] : [`${' '.repeat(width + 8)}${clean(hint)}`]),
  ]);
  const bad = checks.filter(({ state }) => state === 'bad').length;
  return [...lines, '', bad === 0 ? 'nothing is wrong' : `${bad} of ${checks.length} checks are bad`].join('\n');
}
