'use strict';

/** Runs one test file by its runner. */

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { error } = require('../../base/errors');

/** What of a runner's output is kept for people. */
const MAX_OUTPUT = 64 * 2 ** 10;

/** What leaks may keep a process alive: Node's own runner ends it since 20.14. */
function forceExit() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > 20 || minor >= 14 ? ['--test-force-exit'] : [];
}

/** The arguments of Node that run a file. */
const COMMANDS = {
  node: (file) => ['--test', ...forceExit(), file],
  jest: (file, program) => [program, '--runTestsByPath', file, '--colors=false', '--ci', '--forceExit'],
  vitest: (file, program) => [program, 'run', file],
  mocha: (file, program) => [program, '--exit', file],
};

/** Whose test it is, by what it loads. */
function runnerOfTest(text, fallback) {
  if (/['"]node:test['"]/.test(text)) return 'node';
  if (/['"]vitest['"]/.test(text)) return 'vitest';
  return fallback;
}

/**
 * @param {string} runner
 * @param {string} folder that it runs in
 * @param {string} file
 * @param {{ env: Record<string, string | undefined>, limitMs: number }} options
 * @returns {Promise<{ code: number | null, output: string, ms: number, hasTimedOut: boolean }>}
 */
function runTest(runner, folder, file, { env, limitMs }) {
  const program = runner === 'node' ? undefined : programOf(runner, folder);
  return runProgram(process.execPath, COMMANDS[runner](file, program), folder, env, limitMs);
}

/** Runs a command line of a person's. */
function runCommand(command, folder, env, limitMs) {
  return runProgram(command, [], folder, env, limitMs, true);
}

module.exports = { runTest, runCommand, runnerOfTest };

function runProgram(program, args, cwd, env, limitMs, shell = false) {
  return new Promise((resolve, reject) => {
    const from = performance.now();
    const isGroup = process.platform !== 'win32';
    const child = spawn(program, args, { cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'], detached: isGroup });
    let output = '';
    let hasTimedOut = false;
    const timer = setTimeout(() => {
      hasTimedOut = true;
      // A runner has workers of its own.
      if (isGroup) process.kill(-child.pid, 'SIGKILL');
      else child.kill('SIGKILL');
    }, limitMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-MAX_OUTPUT);
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output, ms: Math.round(performance.now() - from), hasTimedOut });
    });
  });
}

/** The program of a runner that the project has installed. */
function programOf(runner, folder) {
  try {
    const manifest = require.resolve(`${runner}/package.json`, { paths: [folder] });
    const { bin } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
    return path.join(path.dirname(manifest), typeof bin === 'string' ? bin : bin[runner]);
  } catch {
    throw error('ERR_LEAKLINE_PROOF', `${runner} is not installed in ${folder}`, `Install ${runner} in the repository's working copy, or name another runner with --runner.`);
  }
}
