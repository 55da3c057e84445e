'use strict';

// Runs services of `service.js` and judges what they print.

const { spawn } = require('node:child_process');
const path = require('node:path');
const { cleanEnvironment } = require('../../__test__/support/run');
const { lineOf, said } = require('../../__test__/support/service-child');
const { LEAKS } = require('./leaks');

const register = path.join(__dirname, '..', '..', 'js', 'register.js');
const ofFile = (name) => path.join(__dirname, name);
/** Longer than it was asked to live a service hangs. */
const HANGS_MS = 120_000;

/**
 * @typedef {object} Asked
 * @property {string} node the program
 * @property {string} [leak] none where only the churn is run
 * @property {number} [perSecond] how many are leaked
 * @property {number} seconds of load
 * @property {number} [within] so many seconds it may take until the function is named; `seconds` unless said otherwise
 * @property {number} ballast bytes of the heap that the service has since its start
 * @property {number} requests a second beside it
 * @property {object} [env] added to its environment
 *
 * @typedef {object} Row
 * @property {number} [namedMs] when the function, or the line of Buffers, was reported first
 * @property {number} [causeMs] when it, or the variable that holds them, was first reported as a cause
 * @property {string} [cause] what that was
 * @property {string} [heldBy] what the report says of who holds them
 * @property {number} [leakMs] when the first of these was a leak
 * @property {string[]} accused what else was reported, when
 * @property {string[]} broken
 * @property {object} end what the service printed at its end
 */

/** @returns {Promise<Row>} */
async function runService({ node, env, ...asked }) {
  const looks = await looksOf(node, env, asked);
  return judge(asked, looks);
}

function judge({ leak, seconds, within = seconds }, looks) {
  const isOf = leak === undefined ? () => false : ofLeak(LEAKS[leak], leak);
  const isNamed = leak === undefined ? () => false : byName(LEAKS[leak], leak);
  const row = { accused: [], broken: [], end: looks.at(-1) };
  const known = new Set();
  for (const { at, seen = [] } of looks) {
    for (const site of seen) {
      if (isNamed(site)) row.namedMs ??= at;
      if (!isOf(site)) {
        const what = `${site.kind} ${site.label} at ${site.file}:${site.line}`;
        if (!known.has(what)) row.accused.push(`${what}: ${site.evidence}, at ${Math.round(at / 1_000)} s`);
        known.add(what);
        continue;
      }
      if (site.role === 'cause' && row.causeMs === undefined) [row.causeMs, row.cause] = [at, `${site.kind} ${site.label}`];
      if (site.heldBy) row.heldBy = site.heldBy;
      if (site.verdict === 'leak') row.leakMs ??= at;
    }
  }
  if (leak !== undefined) {
    if (row.namedMs === undefined) row.broken.push(`not named within ${seconds} s`);
    else if (row.namedMs > within * 1_000) row.broken.push(`named after ${Math.round(row.namedMs / 1_000)} s, not within ${within} s`);
  }
  row.broken.push(...row.accused.map((what) => `accused: ${what}`));
  return row;
}

/** Whether a site is of a leak's function, or Buffers of its line. */
function byName({ kind, functions }, name) {
  const line = kind === 'buffer' ? lineOf(ofFile('leaks.js'), name) : undefined;
  return (site) => site.kind === kind && site.file === 'leaks.js' && functions.some((one) => site.label.endsWith(`in ${one}()`)) && (line === undefined || site.line === line);
}

/** The same, or of its variable, or whatever it allocates beside Buffers. */
function ofLeak(leak, name) {
  const isNamed = byName(leak, name);
  return (site) => isNamed(site) || (site.file === 'leaks.js' && (site.label.includes(leak.variable) || leak.functions.some((one) => site.label.endsWith(`in ${one}()`)))) || isTheSet(site, leak.variable);
}

/** A Map or a Set is named by the line that made it. */
function isTheSet({ kind, file, line }, variable) {
  return (kind === 'map' || kind === 'set') && file === 'leaks.js' && line === lineOfVariable(variable);
}

function lineOfVariable(variable) {
  const source = require('node:fs').readFileSync(ofFile('leaks.js'), 'utf8').split('\n');
  return 1 + source.findIndex((line) => line.startsWith(`const ${variable} =`) || line.startsWith(`let ${variable}`));
}

function looksOf(node, env, asked) {
  return new Promise((resolve, reject) => {
    const whole = { ...cleanEnvironment(), LEAKLINE: 'adaptive', LEAKLINE_REPORT: 'none', ...env };
    const child = spawn(node, ['--require', register, ofFile('service.js'), JSON.stringify(asked)], { env: whole, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), asked.seconds * 1_000 + HANGS_MS);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(said(stdout));
      else reject(new Error(`a service ended with ${signal ?? code}: ${stderr.slice(0, 2_000)}`));
    });
  });
}

module.exports = { runService, judge };
