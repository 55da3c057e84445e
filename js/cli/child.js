'use strict';

const { spawn } = require('node:child_process');
const os = require('node:os');

const { error } = require('../base/errors');

const PROBLEMS = { ENOENT: 'there is no such command', EACCES: 'this user may not run it' };

/**
 * Runs a program with this process's streams, and passes on the signals that end it.
 *
 * @param {string} command for the hint
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string | undefined>} env
 * @param {string} [reportSignal] is passed on as well
 * @returns {Promise<{ code: number | null, signal: string | null }>}
 */
function start(command, program, args, env, reportSignal) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env });
    const stopForwarding = forwardSignals(child, reportSignal);
    child.once('error', (reason) => {
      stopForwarding();
      const { code: problem = '' } = reason;
      const made = error('ERR_LEAKLINE_USAGE', `Cannot run '${program}': ${PROBLEMS[problem] ?? reason.message}.`, command);
      // As shells have it.
      made.exitCode = { ENOENT: 127, EACCES: 126 }[problem];
      reject(made);
    });
    child.once('exit', (code, signal) => {
      stopForwarding();
      resolve({ code, signal });
    });
  });
}

/** Ends as the program did, so that the shell sees what it would have seen without us. */
function dieOf(signal) {
  return new Promise((resolve) => {
    process.kill(process.pid, signal);
    // Still here: Node handles some signals itself. Shells report 128 + number.
    setTimeout(() => resolve(128 + os.constants.signals[signal]), 100);
  });
}

module.exports = { start, dieOf };

// A signal to this process is meant for the program.
function forwardSignals(child, reportSignal) {
  const names = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', ...(reportSignal ? [reportSignal] : [])]);
  const handlers = [...names].map((name) => [name, () => pass(child, name)]);
  for (const [name, handler] of handlers) process.on(name, handler);
  return () => handlers.forEach(([name, handler]) => process.off(name, handler));
}

function pass(child, name) {
  // A terminal sends Ctrl-C to the whole group: the program has it already, and a second one often means "now!".
  if (name === 'SIGINT' && process.stdin.isTTY) return;
  child.kill(name);
}
