'use strict';

// Which spec files run beside each other, in which order, and under which versions of Node. `npm test` prints what each file
// takes, by the clock and of the processors: a file belongs to those that wait when it needs half of a core or less for long.

/** Two cores are what CI machines and laptops can always spare; more disturb tests that measure time. */
const WORKING_AT_ONCE = 2;
/** Beside them: what waits, for a verdict, a process or the moments that check() gives to what clears late. */
const WAITING_AT_ONCE = 3;

/** Names of files that wait, the longest first, so that no core rests in the end. */
const WAITING = [
  'service/verdict-promises',
  'service/in-time',
  'service/verdicts',
  'service/consequences',
  'allocations',
  'buffers',
  'profilers',
  'service/heap-trend',
  'engine/census-lines',
  'engine/census',
  'run-service',
  'internal-errors',
  'hooks/collections-inserters',
  'hooks/event-target-leaks',
  'hooks/collections-counts',
  'hooks/handles-streams',
];

/** A quarter of a minute and more, of those that work. */
const LONG = [
  'jest/leaky',
  'jest/clean',
  'check-heap',
  'pools/packages',
  'bench',
  'jest/typescript',
  'causes-packages',
  'with-packages',
  'flight/late',
  'flight/ends',
  'flight/files',
  'examples',
  'causes',
  'threads',
  'engine/check',
  'jest/shapes',
];

/**
 * What no version of Node decides, or the oldest and the newest show: files, texts, options, commands; verdicts and causes, which
 * Rust finds in what the hooks of any version record; whole programs and packages. What stays for each version are the hooks,
 * V8's layouts, weak handles and threads. `npm test -- --node N`, which the workflow runs for each version and system, leaves
 * nothing out.
 */
const FOR_ENDS = [
  /^(?:flight|reports|testing|case|service)\//,
  /^(?:report-|cli|commands|environment|examples|heap-command|source-maps\/follows|run-service|bench|demo|doctor|monitoring|option-table|package)/,
  /^(?:causes|check-heap|proof|with-packages|exchange|otel|errors|clean$|engine\/census-lines)/,
];

/** Whether a file, by its path in `__test__` without `.spec.js`, runs under the first and the last version alone. */
const isForEnds = (name) => FOR_ENDS.some((pattern) => pattern.test(name));

module.exports = { WORKING_AT_ONCE, WAITING_AT_ONCE, WAITING, LONG, isForEnds };
