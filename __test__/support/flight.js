'use strict';

// Services that leave flight files, and the command that reads them.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: wait } = require('node:timers/promises');

const { cleanEnvironment, root, runNode } = require('./run');

const cli = path.join(root, 'js', 'cli', 'index.js');
const register = path.join(root, 'js', 'register.js');
const service = path.join(root, '__test__', 'fixtures', 'flight', 'service.js');

/** Only what hangs waits so long. */
const LIMIT_MS = 60_000;

/** Waits until `look` finds something, and returns that. */
async function until(what, look) {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await wait(50)) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`waited in vain until ${what}`);
}

/** The flight files of a directory. */
function filesIn(directory) {
  return fs.existsSync(directory) ? fs.readdirSync(directory).filter((name) => name.endsWith('.lkf')).map((name) => path.join(directory, name)) : [];
}

/**
 * Starts the service with leakline. `ended` resolves to `{ code, signal, stdout, stderr }`.
 * @param {string} directory for its flight file
 * @param {{ node?: string[], env?: object, cwd?: string, file?: string, preload?: boolean, uid?: number }} [options] `preload`:
 * false for a process without leakline
 */
function startService(directory, { node = [], env = {}, cwd = root, file = service, preload = true, ...how } = {}) {
  const child = spawn(process.execPath, [...(preload ? ['--require', register] : []), ...node, file], {
    ...how, cwd, env: { ...cleanEnvironment(), LEAKLINE: '1', LEAKLINE_REPORT: 'none', LEAKLINE_FLIGHT: directory, ...env },
  });
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (text) => (printed[stream] += text));
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, ...printed })));
  const ready = until('the service is ready', () => printed.stdout.includes('ready') || child.exitCode !== null);
  return { child, pid: child.pid, printed, ended, ready, say: (text) => child.stdin.write(`${text}\n`) };
}

/** Waits for the file of a service. */
function fileOf({ pid }, directory) {
  return until('there is a flight file', () => filesIn(directory).find((file) => file.includes(`.${pid}.`)));
}

/** Runs the command; with `json` its output is parsed. */
async function leakline(args, { json = false, ...options } = {}) {
  const result = await runNode([cli, ...args], options);
  return json ? { ...result, value: JSON.parse(result.stdout) } : result;
}

/** What `leakline ps` says of a process. */
async function listed(pid, directory) {
  if (!fs.existsSync(directory)) return undefined;
  const { value } = await leakline(['ps', '--json', directory], { json: true });
  return value.find(({ identity }) => identity.pid === pid);
}

module.exports = { until, filesIn, startService, fileOf, leakline, listed, register, service };
