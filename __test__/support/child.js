'use strict';

// Runs a program of __test__/fixtures in a child process. A program says what it found by `say(value)`.

const { spawn } = require('node:child_process');
const path = require('node:path');

const { cleanEnvironment, root } = require('./run');

const register = path.join(root, 'js', 'register.js');
const MARK = '\u0001result ';
/** No program here runs for more than two seconds on an idle machine; one that hangs is a failure. */
const TIMEOUT_MS = 120_000;

/**
 * @param {string} fixture file in __test__/fixtures
 * @param {{ env?: object, args?: string[], execArgv?: string[], register?: 'require' | 'import', exit?: number }} options
 * `register`: how leakline is preloaded, in full mode unless `env` says otherwise; `exit`: the code it must end with
 * @returns {Promise<{ value: any, stdout: string, stderr: string, code: number | null }>} `value`: what it reported last
 */
async function inChild(fixture, { env = {}, args = [], execArgv = [], register: how, exit = 0 } = {}) {
  const preload = how === undefined ? [] : [`--${how}`, how === 'import' ? new URL(`file://${register}`).href : register];
  const file = path.join(__dirname, '..', 'fixtures', fixture);
  const argv = ['--expose-gc', ...preload, ...execArgv, file, ...args];
  const mode = how === undefined ? {} : { LEAKLINE: 'full', LEAKLINE_REPORT: 'none' };
  const { stdout, stderr, code, signal } = await run(argv, { ...cleanEnvironment(), ...mode, ...env });
  const printed = `${fixture} printed:\n${stdout.replaceAll(MARK, '')}\n${stderr}`;
  if (signal !== null) throw new Error(`${fixture} was ended by ${signal}; ${printed}`);
  if (code !== exit) throw new Error(`${fixture} ended with ${code} instead of ${exit}; ${printed}`);
  return { value: reported(stdout, printed), stdout, stderr, code };
}

/** For a program: hands a value to the test. */
function say(value) {
  process.stdout.write(`${MARK}${JSON.stringify(value)}\n`);
}

module.exports = { inChild, say };

function reported(stdout, printed) {
  const line = stdout.split('\n').findLast((each) => each.startsWith(MARK));
  if (line === undefined) return undefined;
  try {
    return JSON.parse(line.slice(MARK.length));
  } catch (error) {
    throw new Error(`what it reported is no JSON; ${printed}`, { cause: error });
  }
}

function run(argv, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { cwd: root, env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
    child.stdin.end();
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ stdout, stderr, code, signal }));
  });
}
