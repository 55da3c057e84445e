'use strict';

/**
 * Every option of leakline, once: what it may be, its default, its variable and its flag. The public functions, the
 * matchers and the command check against it; `types/options.d.ts` says the same, and a test holds the two together.
 */

const { RESERVED, isName } = require('./kinds.js');
const { SIGNAL_RULE } = require('./signal.js');
const { boolean, booleanOr, heap, instance, integer, kind, kinds, number, numberAbove0, oneOf, patterns, text } = require('./option-values.js');
const { some } = require('./primordials.js');

/**
 * @typedef {import('./option-values.js').Value & {
 *   fallback?: unknown,
 *   isRequired?: boolean,
 *   variable?: string,
 *   flag?: string,
 *   placeholder?: string,
 *   help?: string,
 * }} Option
 * `fallback`: the default; none means that leaving it out differs from every value. `variable`: of the environment.
 * `flag`: of the command, without its dashes, with `placeholder` for the value. `help`: one phrase for a list of them.
 */

const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_COUNT = 1_000_000;

const maxHoldMs = integer(1, MAX_TIMER_MS, 'milliseconds');
const isObject = (value) => typeof value === 'object' && value !== null;

/** Of `start()`. @type {Record<string, Option>} */
const start = {
  mode: {
    ...oneOf('counts', 'adaptive', 'full'),
    type: 'Mode',
    fallback: 'adaptive',
    flag: 'mode',
    placeholder: 'MODE',
    help: 'counts, adaptive or full: how much is recorded',
  },
  kinds: {
    ...kinds,
    fallback: null,
    variable: 'LEAKLINE_KINDS',
    flag: 'kinds',
    placeholder: 'A,B',
    help: 'what is tracked, such as listener,interval,map (all)',
  },
  stackDepth: {
    ...integer(1, 64),
    fallback: 16,
    variable: 'LEAKLINE_STACK_DEPTH',
    flag: 'stack-depth',
    placeholder: 'N',
    help: 'frames kept of each stack',
  },
  budget: {
    ...number(0.001, 1, 'a share of the CPU time of its thread'),
    fallback: 0.01,
    variable: 'LEAKLINE_BUDGET',
    flag: 'budget',
    placeholder: 'N',
    help: 'share of the CPU time in adaptive mode',
  },
  minSize: {
    ...integer(1, 2 ** 32 - 1, 'entries'),
    fallback: 1000,
    variable: 'LEAKLINE_MIN_SIZE',
    flag: 'min-size',
    placeholder: 'N',
    help: 'entries from which a collection counts as oversized',
  },
  stackKeys: { ...boolean, fallback: true, variable: 'LEAKLINE_STACK_KEYS', help: 'recognise known stacks by their return addresses' },
  ignore: {
    ...patterns,
    fallback: [],
    variable: 'LEAKLINE_IGNORE',
    flag: 'ignore',
    placeholder: 'A,B',
    help: 'files, packages, functions or /patterns/ that reports do not show',
  },
  allow: {
    ...instance('string | AllowedLeak[]', 'the path of a configuration, or a list of accepted leaks', isAllowList),
    fallback: null,
    read: String,
    variable: 'LEAKLINE_ALLOW',
    flag: 'allow',
    placeholder: 'FILE',
    help: 'a configuration with the leaks that are accepted',
  },
  baseline: {
    ...text('the path of a snapshot'),
    fallback: null,
    variable: 'LEAKLINE_BASELINE',
    flag: 'baseline',
    placeholder: 'FILE',
    help: 'an earlier snapshot: what leaked there is accepted',
  },
  pools: { ...boolean, fallback: true, variable: 'LEAKLINE_POOLS', help: 'watch the pools of known packages without being asked' },
  allowGc: { ...boolean, fallback: true, variable: 'LEAKLINE_ALLOW_GC', help: 'collect garbage where a verdict waits for nothing else' },
  heap: {
    ...heap,
    fallback: true,
    variable: 'LEAKLINE_HEAP',
    flag: 'heap',
    placeholder: 'N',
    help: 'bytes between samples of allocations, such as 128k; 0: none are taken',
  },
};

/** Of `snapshot()`. @type {Record<string, Option>} */
const snapshot = {
  gc: { ...boolean, fallback: false },
  census: { ...boolean, fallback: false },
};

/** Of `check()`. @type {Record<string, Option>} */
const check = {
  warmup: { ...integer(0, MAX_COUNT), fallback: 5 },
  rounds: { ...integer(2, MAX_COUNT), fallback: 5 },
  iterations: { ...integer(1, MAX_COUNT), fallback: 10 },
  kinds: { ...kinds, fallback: null },
  ignore: { ...patterns, fallback: [] },
  census: { ...boolean, fallback: true },
  heap: { ...booleanOr('auto'), fallback: 'auto' },
  quick: { ...boolean, fallback: false },
  signal: instance('AbortSignal', 'an AbortSignal', isAbortSignal),
  timeout: integer(1, MAX_TIMER_MS, 'milliseconds'),
};

/** Of the matcher `toLeak()`: a census, and a look at the heap, only where it is asked for. @type {Record<string, Option>} */
const toLeak = {
  ...check,
  census: { ...boolean },
  heap: { ...booleanOr('auto'), fallback: false },
  quick: { ...boolean },
  kind,
  perIteration: { ...numberAbove0 },
};

/** Of `report()`. @type {Record<string, Option>} */
const report = {
  format: {
    ...oneOf('text', 'json', 'html', 'sarif', 'codeclimate', 'prometheus', 'openmetrics'),
    fallback: 'text',
    flag: 'format',
    placeholder: 'FORMAT',
    help: 'text, json, html, sarif, codeclimate, prometheus or openmetrics',
  },
  color: { ...boolean, fallback: false },
  width: { ...integer(60, 1000), fallback: 100, flag: 'width', placeholder: 'N', help: 'columns to fill' },
  all: { ...boolean, fallback: false, flag: 'all', help: 'list steady and new sites too' },
  allFrames: { ...boolean, fallback: false, flag: 'all-frames', help: 'show the frames of packages too' },
  source: { ...boolean, fallback: true },
};

/** Of `track()`: its second argument. @type {Record<string, Option>} */
const track = {
  kind: {
    ...instance('string', `a name of at most 64 bytes that is no kind of leakline's (${RESERVED.join(', ')})`, (value) => isName(value) && !some(RESERVED, (name) => name === value)),
    isRequired: true,
    hint: (value) => (RESERVED.includes(value) ? `Name it by what it is to your program, such as 'connection'.` : 'Name it, such as \'connection\'.'),
  },
  label: instance('string', 'a string', (value) => typeof value === 'string'),
  maxHoldMs,
};

/** Of `watchPool()`. @type {Record<string, Option>} */
const pool = {
  // As long as pools themselves let callers wait, by default.
  maxHoldMs: { ...maxHoldMs, fallback: 30_000 },
  label: text(),
};

/** Of Jest's reporter. @type {Record<string, Option>} */
const reporter = {
  json: text('the path of a file'),
  quiet: { ...boolean, fallback: false },
};

/** Variables of the environment beside those of {@link start}. `isOwn`: leakline sets it itself. */
const variables = {
  LEAKLINE: { rule: 'off, counts, adaptive or full', help: 'switches leakline on, in a mode' },
  LEAKLINE_REPORT: { rule: 'stderr, stdout, a file, or none', help: 'where the report at the end goes' },
  LEAKLINE_EVERY: { rule: 'a time from 1s to 24d, such as 30s, 10m or 1h30m', help: 'how often a report is written' },
  LEAKLINE_DIR: { rule: 'the path of a folder', help: 'where leakline keeps its files' },
  LEAKLINE_FLIGHT: { rule: '0, 1, or the path of a folder', help: 'whether a file keeps what is recorded when the process dies' },
  LEAKLINE_FORK: { rule: '0 or 1', help: 'whether retainers() looks at the heap in a forked process, an experiment' },
  LEAKLINE_SIGNAL: { rule: SIGNAL_RULE, help: 'the signal that has a report written, or who retains what' },
  LEAKLINE_STANDBY_SIGNAL: { rule: 'a signal that can be caught, and not SIGUSR1', help: 'the signal that a process on standby waits for (SIGUSR2)' },
  LEAKLINE_LEAKS: { ...oneOf('fail', 'report', 'off'), help: 'what a leak does to a test' },
  LEAKLINE_UPDATE: { ...oneOf('1', 'all'), rule: '1 or all', help: 'lets the baseline of tests shrink, or takes everything in' },
  LEAKLINE_NATIVE_PATH: { rule: 'the path of an addon', help: 'the native addon to load' },
  LEAKLINE_FIRST: { isOwn: true },
  LEAKLINE_RUN: { isOwn: true },
  LEAKLINE_NODE_TEST: { isOwn: true },
};

/** Of `retainers()`. @type {Record<string, Option>} */
const retainers = {
  of: instance('string | object', "an object, a class, a line as FILE:LINE, an object's number as @ID, or the fingerprint of a site", isOf),
  top: { ...integer(1, 1000), fallback: 10 },
  pause: { ...boolean, fallback: false },
};

/** Of `metrics()`. @type {Record<string, Option>} */
const metrics = {
  openMetrics: { ...boolean, fallback: false },
};

module.exports = { tables: { start, snapshot, check, toLeak, report, metrics, retainers, track, pool, reporter }, variables };

/** Of any realm: jsdom has its own. */
function isAbortSignal(value) {
  return isObject(value) && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function';
}

function isOf(value) {
  return typeof value === 'string' ? value !== '' : isObject(value) || typeof value === 'function';
}

/** A path, or a list that JSON can hold. */
function isAllowList(value) {
  if (typeof value === 'string') return value !== '';
  if (!Array.isArray(value) || !value.every(isObject)) return false;
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
