'use strict';

/** Where reports go and how often, as the environment says. */

const path = require('node:path');
const { columnsOf, hasColor } = require('./terminal.js');

const NOWHERE = ['none', 'off', '0', 'false'];

/**
 * @typedef {object} Target what the addon takes
 * @property {string} [file] an absolute path; `%p`, `%n` and `%t` in it are replaced when it is written
 * @property {boolean} [inPlace] whether nothing may be written beside the file
 * @property {boolean} [stdout] without a file: standard output in place of standard error
 * @property {{ color?: boolean, width?: number, cwd: string }} text how text looks
 */

/**
 * Where reports go; null when nowhere.
 * @param {string | undefined} text `stderr`, `stdout`, a file, or `none`; unset or empty: standard error
 * @param {Record<string, string | undefined>} env
 * @returns {Target | null}
 */
function targetOf(text, env) {
  const where = text || 'stderr';
  if (NOWHERE.includes(where.trim().toLowerCase())) return null;
  if (where === 'stderr' || where === 'stdout') {
    const stream = process[where];
    return { stdout: where === 'stdout', text: { color: hasColor(stream, env), width: columnsOf(stream), cwd: process.cwd() } };
  }
  return { file: path.resolve(where), text: { cwd: process.cwd() } };
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How often a report may be written, and how rare: the days of a timer of Node's. */
const EVERY = { from: 1000, to: 2 ** 31 - 1, rule: 'a time from 1s to 24d, such as 30s, 10m or 1h30m' };

/**
 * A length of time in milliseconds; undefined for anything that is none, or out of bounds.
 * @param {string} text such as `10m` or `1h30m`
 */
function intervalOf(text) {
  if (!/^(\d+(ms|s|m|h|d))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) ms += Number(number) * UNITS[unit];
  return ms >= EVERY.from && ms <= EVERY.to ? ms : undefined;
}

/**
 * A target that keeps to what Node's permission model allows; null where that is nothing.
 * @param {Target | null} target
 * @param {(line: string) => void} warn
 */
function allowedTarget(target, warn) {
  const { permission } = process;
  if (permission === undefined || target?.file === undefined) return target;
  const folder = path.dirname(target.file);
  // A report is written beside its file first, under a name of its own.
  if (permission.has('fs.write', path.join(folder, '.leakline.tmp')) && permission.has('fs.write', target.file)) return target;
  if (permission.has('fs.write', target.file)) return { ...target, inPlace: true };
  warn(`the permission model does not allow to write the report to ${target.file}: add --allow-fs-write=${path.join(folder, '*')}`);
  return null;
}

module.exports = { EVERY, allowedTarget, intervalOf, targetOf };
