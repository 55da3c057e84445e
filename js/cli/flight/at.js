'use strict';

const { error } = require('../../base/errors');

const UNITS = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A time that a user names: so long before `baseMs`, as in `-2h`, or a date as ISO 8601 has it.
 * @returns {number | undefined} ms since 1970
 * @throws {LeaklineError} ERR_LEAKLINE_USAGE
 */
function timeOf(command, text, baseMs, name = 'at') {
  if (text === undefined) return undefined;
  const back = /^-?(\d+(?:\.\d+)?) ?(s|m|min|h|d)$/.exec(text);
  if (back) return baseMs - Number(back[1]) * UNITS[back[2]];
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(at)) return at;
  throw error('ERR_LEAKLINE_USAGE', `--${name} must be a time before ${name === 'at' ? 'the last state' : 'now'}, such as -2h, -30m or -1d, or a date such as 2026-11-30T14:00:00Z, got '${text}'.`, command);
}

/** parseArgs takes `-2h` for an option; `--at=-2h` it understands. */
function joined(args) {
  const at = args.indexOf('--at');
  if (at < 0 || !/^-\d/.test(args[at + 1] ?? '')) return args;
  return [...args.slice(0, at), `--at=${args[at + 1]}`, ...args.slice(at + 2)];
}

module.exports = { timeOf, joined };
