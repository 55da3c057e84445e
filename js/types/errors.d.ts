// What is thrown.

/** What the errors of leakline carry as `code`. */
export type LeaklineErrorCode =
  /** `start()` while it runs with other options. */
  | 'ERR_LEAKLINE_STARTED'
  /** A flight file cannot be read, or not written; the message says why. */
  | 'ERR_LEAKLINE_FLIGHT'
  /** Nothing can be done with a process that was named; the message says why. */
  | 'ERR_LEAKLINE_PROCESS'
  /** What needs a recording was called without one. */
  | 'ERR_LEAKLINE_NOT_STARTED'
  /** An option, argument or variable is not what it must be. */
  | 'ERR_LEAKLINE_OPTION'
  /** The native addon cannot be loaded; the message lists what was tried. */
  | 'ERR_LEAKLINE_ADDON'
  /** A second `check()` while one runs. */
  | 'ERR_LEAKLINE_CHECKING'
  /** The test that began a `check()` ended before it. */
  | 'ERR_LEAKLINE_CHECK_ENDED'
  /** `check()` has not ended within {@link CheckOptions.timeout}. */
  | 'ERR_LEAKLINE_TIMEOUT'
  /** The collector's thread does not answer. */
  | 'ERR_LEAKLINE_COLLECTOR'
  /** A value or file is no snapshot, diff or check result. */
  | 'ERR_LEAKLINE_SNAPSHOT'
  /** `leakline case` cannot make, read or write a case; the message says why. */
  | 'ERR_LEAKLINE_CASE'
  /** A regression test proves nothing; the message says why. */
  | 'ERR_LEAKLINE_PROOF'
  /** `leakline/otel` does not find OpenTelemetry's API. */
  | 'ERR_LEAKLINE_OTEL'
  /** A file is no heap snapshot, or is damaged; the message says where. */
  | 'ERR_LEAKLINE_HEAP_FILE'
  /** Nothing in the heap is what was asked for. */
  | 'ERR_LEAKLINE_HEAP_OF'
  /** `retainers()` would stop the thread, and nobody has allowed that. */
  | 'ERR_LEAKLINE_PAUSE'
  /** `retainers()` takes more memory than there is. */
  | 'ERR_LEAKLINE_MEMORY'
  /** `retainers()` has no answer; the message says why. */
  | 'ERR_LEAKLINE_RETAINERS'
  /** What `watchPool()` was given is no pool that it knows, or one that cannot be watched. */
  | 'ERR_LEAKLINE_POOL'
  /** `setLeakLevel()` outside of a test run that leakline watches. */
  | 'ERR_LEAKLINE_NOT_WATCHED'
  /** `leakline.config.json` is not what it must be; the message names the entry and its rule. */
  | 'ERR_LEAKLINE_CONFIG'
  /** The baseline is not what it must be, or cannot be written; the message names the entry and its rule. */
  | 'ERR_LEAKLINE_BASELINE'
  /** A setup file is loaded where there are no tests. */
  | 'ERR_LEAKLINE_RUNNER'
  /** The command line is not understood. */
  | 'ERR_LEAKLINE_USAGE';

/**
 * What leakline throws: the rule, what was given, and what to do. A `TypeError` where an argument is not of its type, a
 * `RangeError` where it is none of the values; else an `Error`. Errors of every copy of leakline are recognised by
 * `error[Symbol.for('leakline.error')] === true`.
 */
export interface LeaklineError extends Error {
  /** Which rule; never another one in a later version. */
  readonly code: LeaklineErrorCode;
  /** The part of the message that says what to do. */
  readonly hint: string;
}
