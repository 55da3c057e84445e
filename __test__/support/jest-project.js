'use strict';

// Puts a project of __test__/fixtures/suites where Jest and leakline are installed, and runs Jest in it.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { stripVTControlCharacters } = require('node:util');

const { cleanEnvironment, root } = require('./run');

const suites = path.join(root, '__test__', 'fixtures', 'suites');
const usage = path.join(__dirname, 'usage.js');
/** No run takes so long, on however busy a machine. */
const KILL_MS = 5 * 60_000;

// With so few files and such quick ones Jest would start no worker: a limit of their memory makes it.
const workers = ['--maxWorkers=2', '--workerIdleMemoryLimit=8GB'];
const modes = {
  'in-band': ['--runInBand'],
  workers,
  threads: [...workers, '--workerThreads'],
};

/**
 * Puts a fixture into a folder of its own, anew each time: `name` keeps those of test files that run side by side apart.
 *
 * @param {string} project where Jest is installed, as `ensureProject` says it
 * @param {string} fixture a folder of __test__/fixtures/suites
 * @returns {string} the folder to run Jest in
 */
function place(project, fixture, name = fixture) {
  const folder = path.join(project, name);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), `{ "private": true, "name": "${name}" }\n`);
  if (fixture === 'clean') {
    fs.copyFileSync(path.join(suites, 'clean', 'jest.config.js'), path.join(folder, 'jest.config.js'));
  } else {
    fs.cpSync(path.join(suites, fixture), folder, { recursive: true });
    fs.cpSync(path.join(root, 'examples'), path.join(folder, 'examples'), { recursive: true });
  }
  return folder;
}

/**
 * Runs Jest.
 *
 * @param {string} folder as `place` returns it
 * @param {object} options
 * @param {'in-band' | 'workers' | 'threads'} [options.mode]
 * @param {string} [options.node] the Node to run it
 * @param {string} [options.setup] a module for setupFilesAfterEnv
 * @param {string[]} [options.args] of Jest
 * @param {string[]} [options.files] run these only
 * @returns {Promise<{ code: number, ms: number, cpuMs: number, rssBytes: number, processes: number, tests: object[], output: string }>}
 * `tests`: `{ file, name, status, message }`, a file that could not be run as one that is named '(the file)'
 */
async function runJest(folder, { mode = 'in-band', node = process.execPath, setup, args = [], files = [], env = {} } = {}) {
  const bin = path.join(folder, '..', 'node_modules', 'jest', 'bin', 'jest.js');
  const outputFile = path.join(folder, 'result.json');
  const usageFile = path.join(folder, 'usage.txt');
  for (const file of [outputFile, usageFile]) fs.rmSync(file, { force: true });
  const all = [
    '--require', usage, bin, '--ci', '--json', `--outputFile=${outputFile}`, `--cacheDirectory=${path.join(folder, '..', '.jest-cache')}`,
    ...(setup ? [`--setupFilesAfterEnv=${setup}`] : []),
    ...modes[mode], ...args,
    ...(files.length > 0 ? ['--runTestsByPath', ...files] : []),
  ];
  const began = performance.now();
  const { code, output } = await run(node, all, { cwd: folder, env: { ...cleanEnvironment(), ...env, USAGE_FILE: usageFile } });
  const ms = performance.now() - began;
  if (!fs.existsSync(outputFile)) throw new Error(`Jest ended with ${code} and without a result:\n${output}`);
  const { testResults, openHandles } = JSON.parse(fs.readFileSync(outputFile, 'utf8'));
  return { code, ms, ...usedIn(usageFile), tests: testResults.flatMap((result) => testsOf(result, folder)), openHandles, output };
}

module.exports = { place, runJest, modes: Object.keys(modes) };

function testsOf({ name, status, message, assertionResults }, folder) {
  const file = path.relative(fs.realpathSync(folder), name).replaceAll('\\', '/');
  const tests = assertionResults.map((test) => ({
    file, name: test.fullName, status: test.status, message: plain((test.failureMessages ?? []).join('\n')),
  }));
  const isBroken = status === 'failed' && !tests.some((test) => test.status === 'failed');
  return isBroken ? [...tests, { file, name: '(the file)', status: 'failed', message: plain(message) }] : tests;
}

function plain(text) {
  return stripVTControlCharacters(text);
}

function usedIn(file) {
  const lines = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line)) : [];
  const sum = (field) => lines.reduce((total, line) => total + line[field], 0);
  return { cpuMs: sum('cpuMs'), rssBytes: sum('rssBytes'), processes: lines.length };
}

function run(node, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], timeout: KILL_MS, killSignal: 'SIGKILL' });
    let output = '';
    // The JSON goes to its file, and what it says to a terminal to stderr.
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal === null) resolve({ code, output: plain(output) });
      else reject(new Error(`Jest was ended by ${signal}; it printed:\n${plain(output)}`));
    });
  });
}
