'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');

/**
 * Runs this very Node and resolves to `{ code, signal, stdout, stderr }`.
 *
 * @param {string[]} args
 * @param {{ cwd?: string, env?: object, input?: string, whenPrints?: [string, (child) => void] }} options `env` is
 * added to this process's, without what leakline reads; `whenPrints`: called once, when stdout has the text
 */
function runNode(args, { cwd = root, env = {}, input = '', whenPrints } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env: { ...cleanEnvironment(), ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
      if (whenPrints && stdout.includes(whenPrints[0])) {
        const [, act] = whenPrints;
        whenPrints = undefined;
        act(child);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk;
    });
    // One that ends without reading its input is no failure.
    child.stdin.on('error', () => {}).end(input);
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** The environment without what switches leakline, colours or an outer test runner; programs here leave no flight files. */
function cleanEnvironment() {
  const unwanted = /^(LEAKLINE|NODE_OPTIONS$|NODE_TEST_CONTEXT$|FORCE_COLOR$|NO_COLOR$|npm_)/i;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !unwanted.test(name))), LEAKLINE_FLIGHT: '0' };
}

/** A folder for a test, or for all tests of a file; gone when the file is through. */
function temporaryFolder() {
  // The real path: on macOS the temporary folder is a link, and Node reports files by where they are.
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakline-')));
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

module.exports = { root, runNode, cleanEnvironment, temporaryFolder };
