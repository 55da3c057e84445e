// The public functions. What they take and return is declared in types/, a file a subject.

import type { CheckResult } from './types/check.js';
import type { Diff } from './types/diff.js';
import type { CheckOptions, MetricsOptions, Options, ReportOptions, RetainersOptions, SnapshotOptions, TrackOptions } from './types/options.js';
import type { Retainers } from './types/retainers.js';
import type { Snapshot } from './types/snapshot.js';

export * from './types/options.js';
export * from './types/snapshot.js';
export * from './types/frames.js';
export * from './types/census.js';
export * from './types/diff.js';
export * from './types/check.js';
export * from './types/retainers.js';
export * from './types/errors.js';

/** A recording, to be ended: `using recording = leakline.start()`. */
export interface Recording {
  /** Ends the recording that {@link start} began; does nothing where another start had begun it, or it has ended. */
  stop(): void;
  /** As {@link Recording.stop}. */
  [Symbol.dispose](): void;
}

/** A resource that is tracked. */
export interface Tracked {
  /** Ends it in order; calling it again does nothing. */
  release(): void;
  /** As {@link Tracked.release}. */
  [Symbol.dispose](): void;
}

/**
 * Installs the hooks and begins to record. What was registered before is not seen: start as early as possible. A
 * second call with the same options does nothing.
 *
 * @throws {LeaklineError} `ERR_LEAKLINE_STARTED` when it runs with other options; `ERR_LEAKLINE_OPTION` for a value out
 * of range; `ERR_LEAKLINE_CONFIG` for {@link Options.allow} and
 * {@link Options.baseline}; `ERR_LEAKLINE_ADDON` when the native addon cannot be loaded
 * @returns a handle whose `stop()` ends the recording that this call began
 * @example
 * const leakline = require('leakline');
 * leakline.start({ mode: 'full' });
 */
export function start(options?: Options): Recording;

/** Puts every patched function back and forgets what was recorded. Does nothing when not started. */
export function stop(): void;

/** Whether leakline is recording in this thread. Never throws; false where the native addon cannot be loaded. */
export function isStarted(): boolean;

/**
 * What is unreleased now. A plain value that `JSON.stringify` keeps whole.
 *
 * @throws {LeaklineError} `ERR_LEAKLINE_NOT_STARTED`
 */
export function snapshot(options?: SnapshotOptions): Snapshot;

/**
 * What came, went and grew between two snapshots, of one process or of two. Works without {@link start}.
 *
 * @throws {LeaklineError} `ERR_LEAKLINE_SNAPSHOT` when an argument is no snapshot, or of a newer schema
 */
export function diff(before: Snapshot, after: Snapshot): Diff;

/**
 * Calls `fn` again and again and says what piles up: first as a warm-up, then in rounds. Only what grew in **every**
 * round is a leak, so that caches, lazy singletons and pools, which fill once, are none. Starts leakline in full mode
 * for its duration where it is not started, also in the worker threads that there are when it begins in the main thread:
 * each of them gets its own look in each round, and `notes` say how many did not.
 *
 * @param fn what one iteration does; a promise is awaited
 * @returns a promise of the result; it is rejected with what `fn` throws
 * @throws {LeaklineError} `ERR_LEAKLINE_OPTION`; `ERR_LEAKLINE_ADDON`; `ERR_LEAKLINE_CHECKING` while another check of this
 * thread runs: two at once would each see the other's registrations; `ERR_LEAKLINE_CHECK_ENDED` where a watched test ends,
 * such as by its runner's timeout, before the check that it began
 * @example
 * const { leaked, message } = await leakline.check(() => handle(request));
 * assert(!leaked, message);
 */
export function check(fn: () => unknown | Promise<unknown>, options?: CheckOptions): Promise<CheckResult>;

/**
 * Records a resource that leakline does not know by itself, with the stack of this call. The resource is held weakly:
 * one that is garbage-collected counts as collected.
 *
 * @param resource the object whose life is watched
 * @param what what it is
 * @returns a handle whose `release()` ends the resource in order; calling it again does nothing
 * @throws {LeaklineError} `ERR_LEAKLINE_NOT_STARTED`; `ERR_LEAKLINE_OPTION` when `resource` is no object or `kind` no name
 * @example
 * const tracked = leakline.track(connection, { kind: 'connection', label: connection.host });
 * connection.once('close', () => tracked.release());
 */
export function track(resource: object, what: TrackOptions): Tracked;

/**
 * What is recorded, as text for Prometheus. At most some 160 series, whatever the service does: counts by kind, sites by
 * verdict, the 20 most suspicious sites by fingerprint, the heap, and how earlier runs ended.
 *
 * The collector's thread prepares the text while somebody reads it: each second, and with very many sites less often, at the
 * latest after ten, so that it takes some 0.2 % of a core. The event loop copies the latest. `leakline_updated_timestamp_seconds`
 * is the time of the figures. Before the first call nothing is prepared: that call, and the first after ten minutes without
 * one, waits for the text, at most 250 ms, and has no series where that is not enough.
 *
 * @throws {LeaklineError} `ERR_LEAKLINE_NOT_STARTED`; `ERR_LEAKLINE_OPTION`; `ERR_LEAKLINE_COLLECTOR` where the collector has
 * ended
 * @example
 * app.get('/metrics/leaks', (request, response) => response.type('text/plain').send(leakline.metrics()));
 */
export function metrics(options?: MetricsOptions): string;

/** What {@link registerMetrics} uses of `prom-client`. */
export interface MetricsClient {
  /** Its class of metrics that rise and fall. */
  Gauge: new (configuration: any) => unknown;
  /** Its class of metrics that only rise. */
  Counter: new (configuration: any) => unknown;
  /** Its own registry. */
  register?: unknown;
}

/**
 * Registers the same metrics with `prom-client`. A scrape reads the latest that the collector has prepared, as {@link metrics}
 * does.
 *
 * @param client the module `prom-client` of the application
 * @param registry where to register. Default: the client's own registry.
 * @throws {LeaklineError} `ERR_LEAKLINE_NOT_STARTED`; `ERR_LEAKLINE_OPTION` when `client` or `registry` is none
 */
export function registerMetrics(client: MetricsClient, registry?: unknown): void;

/**
 * A report as text, JSON, HTML, or a format of other tools. Works without {@link start}, on values of another process too.
 *
 * @throws {LeaklineError} `ERR_LEAKLINE_SNAPSHOT` when `what` is none of these; `ERR_LEAKLINE_OPTION`
 */
export function report(what: Snapshot | Diff | CheckResult | Retainers, options?: ReportOptions): string;

/**
 * Names the state of now in the flight file, without waiting for it to be written: `leakline diff PID NAME` shows what was
 * left since. Of several marks with one name the last counts. Where no flight file is written a note says so.
 *
 * @param name 1 to 64 letters, digits and `. _ -`, beginning with a letter
 * @throws {LeaklineError} `ERR_LEAKLINE_OPTION`; `ERR_LEAKLINE_NOT_STARTED`
 */
export function mark(name: string): void;

/**
 * Who retains what: one look at the heap of this thread, without a file. Each thread has a heap of its own. Works without
 * {@link start}, which alone knows what leaks.
 *
 * @returns {Promise<Retainers>} a plain value that {@link report} makes text of
 * @throws {LeaklineError} `ERR_LEAKLINE_OPTION`; `ERR_LEAKLINE_PAUSE` where the pause is not allowed; `ERR_LEAKLINE_MEMORY` where
 * memory would not do; `ERR_LEAKLINE_HEAP_OF` where nothing is what `of` names; `ERR_LEAKLINE_RETAINERS` where there is no answer
 * @example
 * console.log(report(await retainers({ of: cart, pause: true })));
 */
export function retainers(options?: RetainersOptions): Promise<Retainers>;

declare global {
  // As Node's own types and those of the DOM have them: for programs that use neither.
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
  interface AbortSignal {}
}
