'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { cleanEnvironment, root } = require('./run');

const folder = path.join(root, '__test__', 'fixtures', 'service');
const register = path.join(root, 'js', 'register.js');
const preload = ['--require', register];

/** Only a child that hangs lives so long. */
const KILL_MS = 120_000;

/** The file of a fixture. */
const fixture = (name) => path.join(folder, name);

/**
 * Runs a fixture and resolves to `{ code, signal, stdout, stderr, said, file }`; `said` are the lines of its stdout that
 * are JSON, `file` is the fixture's. Rejects, with what it printed, when it had to be killed.
 *
 * @param {string} name
 * @param {object} options
 * @param {object} [options.env] added to the clean one; with LEAKLINE alone no report is written
 * @param {string[]} [options.node] what Node takes before the fixture
 * @param {string[]} [options.program] what starts in place of Node and the fixture
 * @param {Record<string, (child) => void>} [options.on] called once each, when stdout has the text
 * @param {(child) => void} [options.onSpawn] called at once
 * @param {number} [options.killMs] how long it may live
 */
function runFixture(name, { node = [], args = [], env = {}, cwd = root, program, on = {}, onSpawn, killMs = KILL_MS } = {}) {
  const file = fixture(name);
  const [command, ...first] = program ?? [process.execPath, ...node, file];
  return new Promise((resolve, reject) => {
    // A program may have started the fixture as a child of its own: then they are a group, to be ended as one.
    const detached = program !== undefined && process.platform !== 'win32';
    // Tests of other things are not to print reports.
    const quiet = env.LEAKLINE !== undefined && program === undefined ? { LEAKLINE_REPORT: 'none' } : {};
    const child = spawn(command, [...first, ...args], { cwd, env: { ...cleanEnvironment(), ...quiet, ...env }, detached });
    const waiting = new Map(Object.entries(on));
    let stdout = '';
    let stderr = '';
    let isHanging = false;
    const timer = setTimeout(() => {
      isHanging = true;
      if (detached) process.kill(-child.pid, 'SIGKILL');
      else child.kill('SIGKILL');
    }, killMs);
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
      for (const [text, act] of waiting) {
        if (!stdout.includes(text)) continue;
        waiting.delete(text);
        act(child);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdin.on('error', () => {}).end();
    child.once('error', reject);
    onSpawn?.(child);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (isHanging) reject(new Error(`${name} did not end; it printed:\n${stdout}\n${stderr}`));
      else resolve({ code, signal, stdout, stderr, said: said(stdout), file });
    });
  });
}

/** As `runFixture`; fails unless it ended with 0 and said nothing on stderr. */
async function runWell(name, options) {
  const result = await runFixture(name, options);
  if (result.code !== 0 || result.signal !== null || result.stderr !== '') throw new Error(`${name} did not end well:\n${shown(result)}`);
  return result;
}

/** A result for the message of a failed assertion. */
function shown({ code, signal, stdout, stderr }) {
  return `it ended with ${signal ?? code}; stdout:\n${brief(stdout)}\nstderr:\n${brief(stderr)}`;
}

/** The number of the one line of a file that has the comment `// <mark>`. */
function lineOf(file, mark) {
  const lines = fs.readFileSync(file, 'utf8').split('\n').map((line, index) => [line, index + 1]);
  const found = lines.filter(([line]) => line.endsWith(`// ${mark}`));
  if (found.length !== 1) throw new Error(`${found.length} lines of ${file} end with // ${mark}`);
  return found[0][1];
}

/** The sites, leaks or the like whose origin is at a marked line. */
function at(list, file, mark) {
  const line = lineOf(file, mark);
  return list.filter(({ origin }) => origin !== null && origin.file === file && origin.line === line);
}

module.exports = { runFixture, runWell, shown, lineOf, at, fixture, register, preload, said };

function brief(text) {
  return text.length <= 4_000 ? text : `${text.slice(0, 2_000)}\n…\n${text.slice(-2_000)}`;
}

function said(stdout) {
  return stdout.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}
