'use strict';

const path = require('node:path');
const { setTimeout: wait } = require('node:timers/promises');

const { error } = require('../base/errors');
const { fileOfProcess, readFlight } = require('./flight/files');
const { evaluateIn, targets } = require('./flight/inspect');
const { checkInspectable, checkReachable, pidOf } = require('./flight/reachable');
const { duration } = require('./flight/words');
const { print } = require('./output');
const { oneOf, parse } = require('./parse');

const summary = 'switch leakline on in a Node process that runs without it';

const usage = ['leakline attach [OPTIONS] PID'];

const options = {
  mode: { type: 'string', value: 'MODE', help: 'full, adaptive or counts: how much is recorded (adaptive)' },
  census: { type: 'boolean', help: 'list the collections that are there already: the process stands still for it' },
  json: { type: 'boolean', help: 'print JSON: file, the time the inspector was open in ms, and the census' },
};

const notes = [
  'It opens the inspector of the process on 127.0.0.1 (SIGUSR1), loads leakline, and closes it at once.',
  'A process that handles SIGUSR1 itself gets that signal. Only your own processes, in this container.',
  'What was made before is not seen: a leak is found within some 40 seconds as it grows.',
];

/** How long the first state may take. */
const LIMIT_MS = 10_000;

async function run(args) {
  const { values, positionals } = parse('attach', options, args);
  if (positionals.length !== 1) throw error('ERR_LEAKLINE_USAGE', `attach takes one process, got ${positionals.length}.`, 'attach');
  const mode = oneOf('attach', 'mode', values.mode, ['full', 'adaptive', 'counts']) ?? 'adaptive';
  const pid = pidOf('attach', positionals[0]);
  checkReachable('attach', pid);
  const file = fileOfProcess(pid);
  if (file !== null && isRecorded(file)) throw error('ERR_LEAKLINE_PROCESS', pid, 'it records already', `See 'leakline top ${pid}'.`);
  const port = checkInspectable(pid);
  await checkPort(pid, port);
  const { value, openMs } = await inProcess(pid, port, 'begin', { by: `attached by uid ${process.getuid?.() ?? 'unknown'}`, mode, census: values.census ?? false });
  if (value.recorded) throw error('ERR_LEAKLINE_PROCESS', pid, 'it records already, and writes no flight file here', 'Set LEAKLINE_DIR to where its files are.');
  const written = await fileWritten(pid);
  report({ pid, file: written, openMs, census: value.census }, values.json);
  return 0;
}

module.exports = { summary, usage, options, notes, run, checkPort, inProcess };

function isRecorded(file) {
  const { runs, stopped } = readFlight(file, { brief: true });
  return runs && !stopped;
}

/** An open inspector belongs to another tool. */
async function checkPort(pid, port) {
  if ((await targets(port)) === null) return;
  throw error('ERR_LEAKLINE_PROCESS', pid, `an inspector listens on port ${port} already: somebody debugs this process or another one`, 'End that first.');
}

/** Calls a function of js/api/attach.js over there. */
async function inProcess(pid, port, name, argument) {
  const file = path.join(__dirname, '..', 'api', 'attach.js');
  const load = `(process.getBuiltinModule?.('module') ?? require('module')).createRequire(${JSON.stringify(file)})(${JSON.stringify(file)})`;
  try {
    const { value, openMs } = await evaluateIn(pid, port, `JSON.stringify(${load}.${name}(${JSON.stringify(argument ?? null)}))`);
    return { value: JSON.parse(value), openMs };
  } catch (reason) {
    throw error('ERR_LEAKLINE_PROCESS', pid, ...whyNot(reason));
  }
}

function whyNot({ step, message }) {
  if (step === 'open') {
    return ['its inspector did not open: it handles SIGUSR1 itself, and has got that signal now', 'Start it with LEAKLINE=standby, or LEAKLINE=1.'];
  }
  if (step === 'other') return [message, 'Give the other process another --inspect-port.'];
  return [`leakline could not be loaded there: ${message}`, 'Is it another version of Node, or under a policy? LEAKLINE=1 at its next start works in any.'];
}

async function fileWritten(pid) {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await wait(50)) {
    const file = fileOfProcess(pid);
    if (file !== null && isRecorded(file)) return file;
  }
  return null;
}

function report({ pid, file, openMs, census }, json) {
  if (json) {
    print(JSON.stringify({ pid, file, inspectorOpenMs: openMs, ...(census ? { census } : {}) }, null, 2));
    return;
  }
  print([
    `leakline records process ${pid} from now on; its inspector was open for ${duration(openMs)} and is closed.`,
    'What was made before is not seen. A leak is found within some 40 seconds as it grows:',
    `  leakline top ${pid}`,
    `  leakline detach ${pid}`,
    ...(file === null ? ['It writes no flight file: see the notes of its report.'] : []),
  ].join('\n'));
  if (census) print(`\ncollections that were there before:\n${JSON.stringify(census, null, 2)}`);
}
