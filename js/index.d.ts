/** What is tracked. A name given to {@link track} is a kind too. */
export type Kind =
  /** Of an EventEmitter, or of an EventTarget such as an AbortSignal. */
  | 'listener'
  | 'timeout'
  | 'interval'
  | 'immediate'
  | 'map'
  | 'set'
  | 'array'
  /**
   * An object that is used as a Map: its own properties grow in number. Found by censuses alone, see
   * {@link CheckOptions.census} and {@link SnapshotOptions.census}.
   */
  | 'object'
  /**
   * What is open until somebody closes it; one registration each, from its opening to its end. Labels are `fd`,
   * `FileHandle`, `ReadStream`, `WriteStream`, `Dir`, `FSWatcher`, `StatWatcher`, `Socket`, `dgram.Socket`, `Server`,
   * `ChildProcess`, `Worker`, `MessageChannel`, a class of zlib's streams such as `Gzip`, `readline.Interface`,
   * `events.on iterator`, `Agent`, `ClientHttp2Session`, `AsyncHook`, `object URL`, or a class derived from one, such as
   * `TLSSocket`. Never a path or an address. No test that is watched fails by a handle; `check` and snapshots list them.
   */
  | 'handle'
  | 'pool'
  /**
   * In a check a container that gains objects, found in the whole heap: see {@link CheckOptions.heap}. In a service a function
   * of the application whose allocations stay, found by samples: see {@link Options.heap}. Its label is `in submit()`, its
   * origin where the function begins, `live` the objects that stay, estimated.
   */
  | 'heap'
  /**
   * In a service a line whose Buffers, ArrayBuffers or typed arrays stay, found by samples: see {@link Options.heap}. Its label is
   * `in submit()`; `of Node's pool` for small Buffers, many of which share a slab; `of node:zlib` where
   * Node alone is on the stack; `outside of JavaScript`. `live` are the Buffers that stay, estimated, and `size` their bytes.
   */
  | 'buffer'
  // Any string, without losing the completion of those above.
  | (string & {});

/** How much is recorded, and at which cost. Leakline is off until {@link start}. */
export type Mode =
  /** Exact counts by kind, no stacks. At most 1 % CPU. */
  | 'counts'
  /** Exact live counts of what is tracked; stacks within {@link Options.budget}, sampled when over it. For production. */
  | 'adaptive'
  /** A creation stack for every registration, from the first call. For tests and staging. */
  | 'full';

/** How {@link start} records. */
export interface Options {
  /** How much is recorded. Default `'adaptive'`. If unsure: `'adaptive'` in production, `'full'` in tests. */
  mode?: Mode;
  /** What is tracked, at least one kind. Default: all kinds. */
  kinds?: Kind[];
  /** Frames kept of each stack, innermost first: an integer from 1 to 64. Default 16. */
  stackDepth?: number;
  /**
   * Share of the CPU time that a thread uses which adaptive mode may spend in it, so also of a core at the most: a
   * number from 0.001 to 1. Default 0.01, one percent. A few stacks a second are taken in any case.
   */
  budget?: number;
  /** Entries from which a collection counts as oversized: an integer from 1 to 4294967295. Default 1000. */
  minSize?: number;
  /**
   * Whether a stack that was captured before is recognised by its return addresses, which takes a third of the time.
   * Default true; used with the versions of V8 that were tested (Node 20, 22, 24, 26 on Linux), elsewhere each stack is
   * captured and a note says so.
   */
  stackKeys?: boolean;
  /**
   * Files, packages or functions whose sites are left out of reports. Each is compared with the innermost frame of a
   * site's stack that is not Node's own: a string with any part of its file's path, or with its function's whole name;
   * a RegExp with either. Files are those that run: source maps are followed later. Default: nothing is ignored.
   */
  ignore?: (string | RegExp)[];
  /**
   * Leaks that are accepted: their sites keep their verdict, carry {@link Site.allowed}, and are listed in a section of
   * their own. A list; or the path of a configuration (`leakline.config.json`) with a list `allow`, seen from the working
   * directory. Default: none. Fails with `ERR_LEAKLINE_CONFIG`, naming the file and the entry, for what is neither.
   */
  allow?: string | AllowedLeak[];
  /**
   * The path of an earlier snapshot as JSON, seen from the working directory: what was `leak` or `suspect` there is
   * accepted, as by {@link Options.allow}. Default: none. Fails with `ERR_LEAKLINE_CONFIG` for what is no snapshot.
   */
  baseline?: string;
  /**
   * Whether pools of generic-pool, tarn (and so knex), pg, mysql2 and ioredis are watched without being named: from the
   * first time that one is asked for something, once its package is loaded by `require()` or `import`. Each such pool gets
   * methods of its own, as by `watchPool()`, which stays for thresholds and for other pools. Default true.
   */
  pools?: boolean;
  /**
   * Whether leakline may make a garbage collection where a verdict waits for nothing else: without one a listener, a Map or
   * a handle that nobody holds any more looks like one that leaks, and a quiet service may make none for minutes. Only
   * while the heap has at most 32 MiB (a pause of some 10 to 50 ms), one a minute in the long run, and for a thousandth of the
   * time at the most. Default true. With false such sites stay `new` until V8 has collected by itself.
   *
   * Where samples of allocations ({@link Options.heap}) promise a finding, V8 is asked for a collection as it makes them by
   * itself, which marks beside the program: for a hundredth of a core at the most, up to a heap of 1 GiB.
   */
  allowGc?: boolean;
  /**
   * Whether functions of the application are named whose allocations stay, whatever they allocate: closures, plain objects,
   * promises, strings. V8 takes a sample each so many bytes, by chance (its sampling heap profiler, without flags), and
   * leakline reads them after major garbage collections. In adaptive and full mode; see {@link Site.kind} `'heap'`.
   *
   * `interval`: bytes between samples on average, an integer from 1024 to 1073741824. A leak is reported once nine samples
   * of it stayed: after about 9 · interval / rate. Default: 131072 (128 KiB) while a program allocates at most some 38 MB/s,
   * else 524288 (512 KiB); each sample takes some 3 µs. Stacks have {@link Options.stackDepth} frames.
   *
   * Also whether lines are named whose Buffers, ArrayBuffers or typed arrays stay: their memory is sampled in V8's allocator, at
   * the same interval, which costs a few ns an allocation. See {@link Site.kind} `'buffer'`.
   *
   * V8 has one such profiler in each thread. Where somebody else's runs (`--heap-prof`, DevTools, @datadog/pprof) leakline
   * reads that one and never stops it; where each reading would be a full collection, leakline waits until it has ended.
   * Needs Node 20, 22, 24 or 26 on Linux; elsewhere a note says that there are none. Default true.
   */
  heap?: boolean | { interval?: number };
}

/** What names a leak that is accepted. All that is given must fit, and at least one but `reason` must be given. */
export interface AllowedLeak {
  /** As {@link Site.kind}. */
  kind?: Kind;
  /** The end of the path of {@link Site.origin}, by whole segments: `src/bus.js`. */
  file?: string;
  /** The function of {@link Site.origin}. */
  function?: string;
  /** As {@link Site.label}. */
  label?: string;
  /** As {@link Site.fingerprint}. */
  fingerprint?: string;
  /** How many live registrations one test may leave: an integer from 1. Services do not use it. Default: any number. */
  max?: number;
  /** Why it is accepted; reports show it. */
  reason: string;
}

/** What {@link snapshot} does first, and how far it looks. */
export interface SnapshotOptions {
  /**
   * Collect garbage first, so that what only waits to be collected is not counted. Default false. It stops the
   * process for as long as one full collection takes.
   */
  gc?: boolean;
  /**
   * Also count every array, Map, Set, large object and emitter that lives in this thread, those older than {@link start}
   * too, and list the largest in {@link Snapshot.census}. Default false. It collects all garbage and walks the heap: the thread
   * stands still for some 10 ms per MB of small objects, so a service is to be asked when it can wait. Needs Node's
   * inspector, which nobody has to be attached to; without it a note says so.
   */
  census?: boolean;
}

/** How {@link check} runs its function, and what it looks at. */
export interface CheckOptions {
  /** Calls of the function before anything is measured: an integer from 0 to 1000000. Default 5. */
  warmup?: number;
  /**
   * Measured rounds: an integer from 2 to 1000000. Default 5. A round ends with garbage collection and a look; only
   * what grew in every round is a leak.
   */
  rounds?: number;
  /** Calls of the function in each round: an integer from 1 to 1000000. Default 10. */
  iterations?: number;
  /** What is looked at. Default: all kinds. */
  kinds?: Kind[];
  /** As {@link Options.ignore}, for this check alone; files are those that were written. Default: nothing is ignored. */
  ignore?: (string | RegExp)[];
  /**
   * Also look at arrays, objects used as Maps, and at Maps and Sets older than the recording, by censuses of the heap: before the first
   * round, in the middle and after the last; after each round where that is quick. Each stops this thread, for some
   * 40 ms in a small process and some 10 ms per MB of small objects. What is named is what a property, a variable or a
   * private field of the application's holds. Default true; false where a check has to be quick.
   */
  census?: boolean;
  /**
   * Also look at the whole heap, by four snapshots of V8 that are read in memory: what container gains objects with each
   * call, whatever they are (plain objects, closures, promises, strings, Buffers), and what holds it. `'auto'`:
   * where the bytes in use grew by more than noise, no other finding says why, and at most 64 MiB are in use; `true` always,
   * `false` never. Default `'auto'`. A look takes some 60 ms a MiB of small objects, and three more rounds are run.
   *
   * Where a check finds more than one thing, `'auto'` makes one such look, without more rounds, to prove which findings go with which:
   * what only a cause keeps gets its `keptBy`, and what something else holds becomes a cause of its own, with `heldBy`.
   * Causes get `bytesPerCall` and `retainers` by it.
   */
  heap?: boolean | 'auto';
  /**
   * End within some two seconds also where garbage collections are slow, as in a test runner on a busy machine: by as few
   * as two rounds, and with shorter waits for what clears late. Has no effect with a census. Default false.
   */
  quick?: boolean;
  /** Ends the check when it is aborted: the promise is rejected with the signal's reason. Default: none. */
  signal?: AbortSignal;
  /**
   * Ends the check after so many milliseconds with `ERR_LEAKLINE_TIMEOUT`: an integer from 1 to 2147483647. Default: no
   * limit. The function may still be running then.
   */
  timeout?: number;
}

/** How {@link report} looks. */
export interface ReportOptions {
  /**
   * `'text'` for people, `'json'` for programs, `'html'` for a browser (one file, nothing from outside), `'sarif'` for code
   * scanning, `'codeclimate'` for GitLab, `'prometheus'` and `'openmetrics'` of snapshots alone. Default `'text'`.
   */
  format?: 'text' | 'json' | 'html' | 'sarif' | 'codeclimate' | 'prometheus' | 'openmetrics';
  /** Use ANSI colours in text. Default false. */
  color?: boolean;
  /** Columns that text may fill: an integer from 60 to 1000. Default 100. */
  width?: number;
  /** List steady and new sites too. Default false. */
  all?: boolean;
  /** Show the frames of packages too, which are folded otherwise. Default false. */
  allFrames?: boolean;
  /**
   * Show the lines around each place, and name variables of theirs. Default true; only of source files below the working
   * directory: whose report this is nobody knows.
   */
  source?: boolean;
}

/** Options of {@link retainers}. */
export interface RetainersOptions {
  /**
   * What is asked for: an object; a class, a line as `FILE:LINE` or V8's number as `@ID`, as `leakline heap --of` takes them; or
   * the fingerprint of a site. Default: each site that reports accuse, and what retains most beside them.
   */
  of?: string | object;
  /** Entries of each list: an integer from 1 to 1000. Default 10. */
  top?: number;
  /**
   * Allows to stop this thread while V8 takes its snapshot: some 60 to 110 ms for each MB of its heap, and eight to twelve times its memory.
   * Default false: then the promise is rejected with what it would cost.
   */
  pause?: boolean;
}

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

/** What {@link track} is to record. */
export interface TrackOptions {
  /**
   * A name of your own for such resources: at most 64 bytes, and at most 64 names. The {@link Kind}s of leakline are taken.
   */
  kind: string;
  /** What it is called in reports. Default: the kind. */
  label?: string;
  /**
   * For what is soon to be given back: from how many milliseconds on it is overdue, an integer from 1 to 2147483647.
   * Default: never. Where calls of one stack differ in it, the longest counts for all.
   */
  maxHoldMs?: number;
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

/** How {@link metrics} writes. */
export interface MetricsOptions {
  /** Write OpenMetrics 1.0 instead of Prometheus' text format 0.0.4. Default false. */
  openMetrics?: boolean;
}

/**
 * What is recorded, as text for Prometheus. At most some 160 series, whatever the service does: counts by kind, sites by
 * verdict, the 20 most suspicious sites by fingerprint, the heap, and how earlier runs ended. The collector's thread writes the text.
 *
 * @throws {LeaklineError} `ERR_LEAKLINE_NOT_STARTED`; `ERR_LEAKLINE_OPTION`
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
 * Registers the same metrics with `prom-client`; each scrape takes one snapshot.
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

/** A place in a file. */
export interface Position {
  /** As {@link Frame.file}. */
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
}

/** One call on a stack. */
export interface Frame {
  /** Name of the function; null at a module's top level and in anonymous functions. */
  function: string | null;
  /**
   * Absolute path, a `node:` name, or `<anonymous>`. The file that was written, where the one that runs names a source
   * map; `line` and `column` are in it.
   */
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
}

/** The process a snapshot is of. */
export interface ProcessInfo {
  /** Its id in its own container. */
  pid: number;
  /** Version of Node, with its leading `v`. */
  node: string;
  /** When recording began, ISO 8601 in UTC. */
  startedAt: string;
  /** When the snapshot was taken, ISO 8601 in UTC. */
  takenAt: string;
  /** Milliseconds recorded so far. */
  uptimeMs: number;
  /** Threads being recorded: the main one and the workers. */
  threads: number;
}

/** Counts of one kind. `registered` is the sum of the other three. */
export interface Totals {
  /** Came to life. */
  registered: number;
  /** Ended in order: removed, fired, cleared, closed. */
  released: number;
  /** Ended because their owner was garbage-collected. */
  collected: number;
  /** Neither released nor collected. */
  live: number;
}

/** Everything leakline knows of a process at one moment. */
export interface Snapshot {
  /** Which value this is. */
  type: 'snapshot';
  /** Version of this shape. It grows only when a field changes its meaning or goes away. */
  schema: 1;
  /** The process that it is of. */
  process: ProcessInfo;
  /** `counts`, `adaptive` or `full`. */
  mode: string;
  /**
   * Counts by kind, over all threads, of what is recorded. In adaptive and counts mode listeners are those of the emitters
   * and event targets that are tracked: all that are made at the start, later a random choice and whoever gathers listeners; Maps and
   * Sets beyond the budget are estimated.
   */
  totals: Record<string, Totals>;
  /** The most suspicious first. */
  sites: Site[];
  /** Collections of at least {@link Options.minSize} entries, largest first. */
  collections: Collection[];
  /** What lives in the thread that asked; only with {@link SnapshotOptions.census}. */
  census?: Census;
  /** How the heap of the main thread went; absent before the first major garbage collection that was noticed. */
  heap?: HeapTrend;
  /** What leakline itself costs. */
  overhead: Overhead;
  /** What could not be hooked, which bound was hit. */
  notes: string[];
}

/** The heap after major garbage collections, and what lies outside of it. All sizes in bytes. */
export interface HeapTrend {
  /** In use after the first collection that was noticed. */
  firstUsed: number;
  /** In use after the last one. */
  usedAfterGc: number;
  /** Outside of the heap, after the first one: Buffers and the like. */
  firstExternal: number;
  /** Outside of the heap, after the last one. */
  external: number;
  /** The part of `external` that backs ArrayBuffers. */
  arrayBuffers: number;
  /** Resident memory of the process, then. */
  rss: number;
  /** What V8's old generation may grow to. */
  limit: number;
  /** Bytes an hour, inside and outside together: the Theil–Sen slope of the samples. 0 while there are fewer than five. */
  growthPerHour: number;
  /** Milliseconds between the first and the last sample. */
  spanMs: number;
  /** Collections that were noticed. */
  samples: number;
  /**
   * Garbage collections of the main thread since recording began: of the young generation and of all, and how long they
   * stopped it, in ms. Absent where V8 does not report them.
   */
  gc?: { minor: number; major: number; totalMs: number; longestMs: number };
  /** Share of the growth that sites of a known size explain, 0 to 1; absent where nothing grows. */
  explained?: number;
  /** `suspect` while it grows: without a line it is never certain. Else `steady`, or `new` while there are too few samples. */
  verdict: 'suspect' | 'steady' | 'new';
}

/** All registrations of one kind with the same creation stack. */
export interface Site {
  /** Identity across runs: 16 hex digits from the kind, the functions and the files, without line numbers. */
  fingerprint: string;
  /** A {@link Kind}, or a name given to {@link track}. */
  kind: string;
  /** For people: `Redis 'message'`, `setInterval 30000 ms`, `Map`. */
  label: string;
  /** Unreleased now. */
  live: number;
  /** Came to life since the start; without balanced listeners, see {@link Site.released}. */
  registered: number;
  /**
   * Ended in order. In adaptive and counts mode, once 64 listeners of an emitter's event have left while there were never more at
   * once, those that come and go one at a time from then on are counted in the totals only.
   */
  released: number;
  /** Ended by garbage collection of the owner. */
  collected: number;
  /** True when some registrations were sampled, so that the counts are estimates. */
  estimated: boolean;
  /** Age of the oldest live registration in ms; 0 when none is live. */
  oldestMs: number;
  /**
   * Growth of `live` in registrations an hour, or of the entries of collections whose instances do not grow; 0 until it can be
   * reported. The median of the slopes between all pairs of points (Theil–Sen), over the time that the verdict is by.
   */
  growthPerHour: number;
  /** How long ended registrations lived, in ms, within 10 %. */
  lifetimeMs: { count: number; p50: number; p95: number; p99: number; max: number };
  /**
   * Collections only: entries held by all live instances, and by the largest. Of the kind `heap`: `total` are the bytes that
   * its function has allocated and that stay, estimated by samples; `max` is 0.
   */
  size?: { total: number; max: number };
  /**
   * Collections only: the stack that inserts most, into instances that leakline saw growing, and the share of its line in all
   * entries inserted while they were watched, 0–1. The share is an estimate: of many insertions only some get a stack. Stacks
   * that lead to the same line are counted together. Absent `share`: only the line is known. Such an instance has a `set`, `add` or `push` of its own until it stops
   * growing. Absent where none grew, and in mode `counts`.
   */
  topInserter?: { stack: Frame[]; share?: number };
  /** Collections only: entries that were removed while they were watched. Absent where none were inserted either. */
  removedEntries?: number;
  /**
   * What is checked out only (`pool`, and what `track()` was given `maxHoldMs` for): how many are held longer than that. With
   * one or more the verdict is at least `suspect`.
   */
  overdue?: number;
  /**
   * Registrations that a snapshot or a report reported as overdue, suspect or leaked, and that ended in order later,
   * since the start. Absent when there are none. What was garbage-collected is not returned late.
   */
  returnedLate?: number;
  /**
   * What is retained on the heap more each hour, in bytes, at the least: the slots of a Map or Set (28 and 20 bytes an
   * entry), a timer (160 bytes). What hangs on a key, a value or a callback is not known. Of the kind `heap` all that stays of
   * what its function allocates, estimated. Absent for other kinds, and where nothing grows.
   */
  bytesPerHour?: number;
  /**
   * Whether it leaks by itself, or only grows because something else keeps its owners: listeners that came with their owner, Maps and Sets
   * that pile up with whoever holds them. Timers, handles, checkouts, entries of a collection that stays, and listeners that pile up on
   * owners which were there before are causes. Where no cause is seen, one site stands for each set of owners. Reports list
   * causes; of consequences they list the names.
   */
  role: 'cause' | 'consequence';
  /** Fingerprints of what keeps it, where that is proven; reports fold it under these. Absent where nothing is. */
  keptBy?: string[];
  /** The class of the objects that it stands for, where nothing that is watched keeps them. */
  standsFor?: string;
  /** What holds it, in words, where that is known: variables and properties, such as `Server.connections`. */
  heldBy?: string;
  /** Why it is accepted, from the user's list; or the baseline that has it. Absent where it is not accepted. */
  allowed?: string;
  /** Id of the worker thread; 0 is the main thread. */
  thread: number;
  /** The frame to look at first: the application's, else a package's; null when there is neither. */
  origin: Frame | null;
  /** Where {@link origin} is in the file that runs, where a source map says it was written elsewhere. */
  shippedAt?: Position;
  /** Creation stack, innermost first. */
  stack: Frame[];
  /**
   * `leak`: it grows without a fall, what grew is held, and it outlives all that its site ever released; or it comes at regular intervals,
   * and nothing ever ended. `suspect`: it grew for minutes, most of the time. `steady`: comes and goes, or stays as it is.
   * `new`: it grows, but is too young, few, or may be garbage still.
   */
  verdict: 'leak' | 'suspect' | 'steady' | 'new';
  /** Why, for programs: a code and its numbers. Absent in snapshots of older versions. */
  reason?: Reason;
  /** Why, in one phrase: the same as a sentence. */
  evidence: string;
}

/** Why a site has its verdict. Times are in ms; `held` counts registrations or, of a collection, entries. */
export type Reason =
  /** Grew without a fall. `agoMs` is how long ago it grew last, 0 while it grows; `intervals` of its history, of which it grew in `grew`, are 0 when it does not grow any more. */
  | {
      code: 'grew';
      /** What grew: `registrations`, `instances` of collections, or their `entries`. */
      of: 'registrations' | 'instances' | 'entries';
      forMs: number;
      agoMs: number;
      intervals: number;
      grew: number;
      held: number;
      /** Registrations that ended, or entries that were deleted; absent where that was not watched. */
      ended?: number;
      /** The longest lifetime of those that ended; absent where none did. */
      longestMs?: number;
      couldBe?: CouldBe;
    }
  /** Few, at even distances, and none ever ended. */
  | { code: 'even'; gapMs: number; held: number; couldBe?: CouldBe }
  /** Grew on and off for minutes, and never shrank. */
  | { code: 'grew-on-and-off'; held: number; intervals: number; grew: number; couldBe?: CouldBe }
  /** Timeouts pile up. `outlook` is how many are pending when the first one fires; absent where they never do. */
  | { code: 'piling-up'; pending: number; delayMs: number; ended: number; outlook?: number }
  /** It grows, but no major garbage collection has shown yet what stays. */
  | { code: 'unproven'; held: number }
  /** It grows, but there are few; or it has not grown for long enough. */
  | { code: 'few' | 'growing'; held: number }
  /** Its timeouts end by themselves. */
  | { code: 'ends-by-itself'; delayMs: number }
  /**
   * Of what a function allocated in `forMs`, `bytes` outlived major collections, as `looks` looks saw, and some of it came in
   * each third of that time. Estimated by `samples`; the true number is within `errorPercent` per cent with 95 % certainty.
   */
  | { code: 'survives'; bytes: number; samples: number; errorPercent: number; forMs: number; agoMs: number; looks: number }
  /** Comes and goes, or stays as it is: the intervals of its history, and in how many of them it grew and shrank. */
  | { code: 'steady'; intervals: number; grew: number; shrank: number }
  /** Held for longer than the limit that was set for it; `beside` is why it would be reported without. */
  | { code: 'overdue'; overdue: number; held: number; oldestMs: number; limitMs: number; beside?: Reason }
  | { code: 'nothing-held' }
  | { code: 'too-young'; ageMs: number };

/**
 * What is innocent and looks the same: a cache that is not full yet (its first deletion shows it), sessions that stay
 * (their first end shows it), or some that live for much longer than the others.
 */
export type CouldBe = 'filling-cache' | 'long-sessions' | 'few-long-lived';

/**
 * What is published on the channel `leakline:leak` of `node:diagnostics_channel`: each site of the process, once, when its
 * verdict becomes `leak`, it is a cause and it is not allowed. leakline looks every ten seconds while somebody subscribes.
 *
 * @example
 * const { subscribe } = require('node:diagnostics_channel');
 * subscribe('leakline:leak', ({ site }) => logger.error({ leak: site.label, at: site.origin }));
 */
export interface LeakMessage {
  /** What leaks. */
  site: Site;
  /** The process that it leaks in. */
  process: ProcessInfo;
}

/** One oversized collection. */
export interface Collection {
  /** `map` or `set`. */
  kind: string;
  /** Entries at the last look. */
  size: number;
  /** Fingerprint of its site; empty when it has none. */
  site: string;
  /** As {@link Site.topInserter}, of this instance. */
  topInserter?: { stack: Frame[]; share?: number };
  /** As {@link Site.removedEntries}, of this instance. */
  removedEntries?: number;
}

/** Every array, Map, Set and emitter of one thread, and in a test runner's sandbox of that sandbox. */
export interface Census {
  /** How long the thread stood still for it, in ms. */
  pauseMs: number;
  /** Heap in use afterwards, in bytes; all garbage was collected. */
  heapBytes: number;
  /**
   * By kind, `array`, `map`, `set` and `emitter`: how many, and their elements, entries or listeners together. `object`:
   * those with at least {@link Options.minSize} properties.
   */
  counts: Record<string, { instances: number; entries: number }>;
  /** The 100 largest of at least {@link Options.minSize} entries. Names of classes and properties, never a value. */
  largest: {
    kind: string;
    /** Its class. */
    class: string;
    /** Elements, entries or listeners. */
    size: number;
    /**
     * The class and property that holds it, such as `TaskProcessor.subscribers`, or else the variable; null where neither
     * is known.
     */
    heldBy: string | null;
    /** Class of its elements, or of a Map's values, as far as looked at; null when they are several. */
    elements: string | null;
    /** Entries more than at the census before; absent where that did not list it. */
    grewBy?: number;
  }[];
}

/** What leakline itself costs. */
export interface Overhead {
  /** Native memory held, in bytes. */
  bytes: number;
  /** Events recorded. */
  events: number;
  /** Events lost; 0 unless something is wrong. */
  dropped: number;
  /** Stacks captured. */
  capturedStacks: number;
  /** Stack keys that led to another stack than a capture showed: a random share is compared. One switches keys off. */
  keyMismatches: number;
  /**
   * Share of one core that leakline takes, measured since the start: the collector's thread, stacks and looks by the clock, and
   * 40 ns for each event.
   */
  cpuShare: number;
}

/** Two snapshots compared. */
export interface Diff {
  /** Which value this is. */
  type: 'diff';
  /** As {@link Snapshot.schema}. */
  schema: 1;
  /** The earlier process. */
  before: ProcessInfo;
  /** The later process. */
  after: ProcessInfo;
  /** Milliseconds of recording between the two; 0 when they are of different processes. */
  intervalMs: number;
  /** Sites whose live count or size differs, the most grown first. */
  sites: SiteDiff[];
  /** Notes of either snapshot. */
  notes: string[];
}

/** One site's change. */
export interface SiteDiff {
  /** As {@link Site.fingerprint}. */
  fingerprint: string;
  /** As {@link Site.kind}. */
  kind: string;
  /** As {@link Site.label}. */
  label: string;
  /** `new`: not there before. `gone`: not there after. `grown`, `shrunk`: more or fewer live, or entries. */
  change: 'new' | 'gone' | 'grown' | 'shrunk';
  /** Live before. */
  liveBefore: number;
  /** Live after. */
  liveAfter: number;
  /** Entries before; collections only. */
  sizeBefore?: number;
  /** Entries after; collections only. */
  sizeAfter?: number;
  /** True when either count is an estimate. */
  estimated: boolean;
  /** As {@link Site.thread}. */
  thread: number;
  /** As {@link Site.origin}. */
  origin: Frame | null;
  /** As {@link Site.stack}. */
  stack: Frame[];
}

/** What {@link check} found. */
export interface CheckResult {
  /** Which value this is. */
  type: 'check';
  /** True when one of `leaks` is the application's; those of packages are reported, but do not count. */
  leaked: boolean;
  /** What grew in every round, the fastest first. */
  leaks: Leak[];
  /** Calls measured: rounds × calls in a round. */
  iterations: number;
  /** Rounds measured. */
  rounds: number;
  /** What was looked at, so that finding nothing is not mistaken for health. */
  watched: {
    /** Kinds that were recorded. */
    kinds: string[];
    /** Registrations that were seen. */
    registrations: number;
    /** How long the thread stood still for censuses, in ms; absent when there was none. */
    censusMs?: number;
  };
  /** The heap in each round. */
  heap?: CheckHeap;
  /** What could not be hooked, which bound was hit. */
  notes: string[];
  /** The text report, for a failing test to show. */
  message: string;
}

/** One thing that grew in every round. */
export interface Leak {
  /** As {@link Site.kind}. */
  kind: string;
  /** As {@link Site.label}. */
  label: string;
  /** As {@link Site.fingerprint}. */
  fingerprint: string;
  /** `total` divided by the iterations. */
  perIteration: number;
  /** Growth over all measured rounds. */
  total: number;
  /** Whether instances pile up, or the entries of the same instances do. */
  growth: 'instances' | 'entries';
  /** As {@link Site.origin}. */
  origin: Frame | null;
  /** As {@link Site.shippedAt}. */
  shippedAt?: Position;
  /** As {@link Site.stack}. */
  stack: Frame[];
  /** As {@link Site.topInserter}. */
  topInserter?: { stack: Frame[]; share?: number };
  /** As {@link Site.removedEntries}. */
  removedEntries?: number;
  /** As {@link Site.role}; `leaks[0]` is a cause. Here an owner is as old as the call that made it. */
  role: 'cause' | 'consequence';
  /** As {@link Site.keptBy}. */
  keptBy?: string[];
  /** As {@link Site.standsFor}. */
  standsFor?: string;
  /**
   * What holds it, in words: of what a census found the property or variable, such as `TaskProcessor.subscribers`; of handles
   * and timers the container that grows with them, such as `Object kept at store.js:5`; where the heap was looked at, the path to
   * what holds most of it, such as `module app.js › monitor: Object › last: Device`.
   */
  heldBy?: string;
  /** Of what a census found: the class of its elements; absent when they are several. */
  elements?: string;
  /** Of what a census found: entries of all that is held there, and of the largest. */
  size?: { total: number; max: number };
  /** Where the heap was looked at: bytes that a call adds to it. */
  bytesPerCall?: number;
  /** Where the heap was looked at: the path that keeps it, beginning with a module, the global object or a root. */
  retainers?: Retainer[];
  /**
   * True where a census found that instances pile up which no line of the program made, such as arrays of `JSON.parse`:
   * `stack` is the line of what holds them.
   */
  madeElsewhere?: boolean;
}

/** Who retains what in a heap: the answer of {@link retainers}. */
export interface Retainers {
  /** Which value this is. */
  type: 'retainers';
  /** Version of this shape. It grows only when a field changes its meaning or goes away. */
  schema: 1;
  /** The process; absent for a file. */
  pid?: number;
  /** The heap snapshot; absent for a process. */
  file?: string;
  /** When the heap was looked at, ISO 8601 in UTC; absent for a file. */
  takenAt?: string;
  /** Number of objects of any kind. */
  nodes: number;
  /** Sum of all sizes in bytes, what is outside of V8's heap included. */
  size: number;
  /** Bytes of it that are reached first through leakline's own modules. */
  own: number;
  /** Sites that reports accuse, the site that was asked for, or the object that was. */
  sites: HeldSite[];
  /** What retains most, leakline's own not listed; empty where an object, a class or a line was asked for. */
  largest: RetainingObject[];
  /** The objects of a class, a number or a line, where these were asked for. */
  selected?: {
    /** What was asked for. */
    of: string;
    /** Objects that are it. */
    count: number;
    /** The sum of their own sizes in bytes. */
    size: number;
    /** Bytes that would be free without them. */
    retained: number;
    /** How they are kept, the way of most of them first. */
    ways: HeldWay[];
    /** Those that retain most. */
    objects: RetainingObject[];
  };
  /** What it cost; absent for a file. */
  cost?: {
    /** Milliseconds that the thread did nothing else. */
    pausedMs: number;
    /** Milliseconds until the answer. */
    tookMs: number;
    /** Whether a forked process took the snapshot. */
    forked: boolean;
  };
  /** What was not looked at, and why. */
  notes: string[];
}

/** What holds the objects of a site. */
export interface HeldSite {
  /** As {@link Site.fingerprint}; empty for an object. */
  fingerprint: string;
  /** As {@link Site.kind}, or `object`. */
  kind: string;
  /** As {@link Site.label}, or an object's class and number. */
  label: string;
  /** As {@link Site.origin}; null for an object. */
  origin: Frame | null;
  /** As {@link Site.verdict}; absent for an object. */
  verdict?: 'leak' | 'suspect' | 'steady' | 'new';
  /** Unreleased registrations; 1 for an object. */
  live: number;
  /** Its objects that were found in the heap: at most 20,000 are looked for. */
  objects: number;
  /** Bytes that would be free without all of these. */
  retained: number;
  /** The path of most of them in words; absent where none was found. */
  heldBy?: string;
  /** The same path, step by step. */
  retainers: Retainer[];
  /** Up to three paths, that of most objects first. */
  ways: HeldWay[];
}

/** A path that keeps several objects. */
export interface HeldWay {
  /** Objects that it keeps. */
  count: number;
  /** V8's number of one of them. */
  id: number;
  /** The path. */
  held: HeldPath;
}

/** The path that keeps an object. */
export interface HeldPath {
  /** In words, such as `module cart.js › carts: Object › [key] › items`. */
  text: string;
  /** Where it begins: a module, the global object, or a root of V8. */
  root: string;
  /** The module's file. */
  file?: string;
}

/** An object with what it retains. */
export interface RetainingObject {
  /** V8's number of it. */
  id: number;
  /** Its class, or `name()` of a function. */
  class: string;
  /** Its own size in bytes. */
  size: number;
  /** Bytes that would be free without it. */
  retained: number;
  /** The classes of what it holds, the most frequent first. */
  holds: { class: string; count: number }[];
  /** The path that keeps it. */
  held: HeldPath;
}

/** A step of the path that keeps something. */
export interface Retainer {
  /** The class of what is there, `name()` of a function, or where the path begins. */
  name: string;
  /** The property or variable that leads to it; `[key]` and `[i]` for entries, empty for the first. */
  edge: string;
  /** Where a function was written. */
  frame?: Frame;
}

/** The heap during a check. */
export interface CheckHeap {
  /** Bytes that each round added, garbage collected: to V8's heap and to what hangs on it outside. Negative where it became less. */
  added: number[];
  /** Bytes that a call adds on average; negative where it became less. */
  bytesPerCall: number;
  /** Whether it grew by more than noise: by 64 bytes a call and 4 KiB in all rounds but one, and by 256 KiB in all. */
  grew: boolean;
  /** How long the looks at the whole heap took, in ms; absent where there were none. */
  lookMs?: number;
}

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
  /** What `watchPool()` was given is no pool that it knows, or one that cannot be watched. */
  | 'ERR_LEAKLINE_HEAP_FILE'
  | 'ERR_LEAKLINE_HEAP_OF'
  /** `retainers()` would stop the thread, and nobody has allowed that. */
  | 'ERR_LEAKLINE_PAUSE'
  /** `retainers()` takes more memory than there is. */
  | 'ERR_LEAKLINE_MEMORY'
  /** `retainers()` has no answer; the message says why. */
  | 'ERR_LEAKLINE_RETAINERS'
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

declare global {
  // As Node's own types and those of the DOM have them: for programs that use neither.
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
  interface AbortSignal {}
}
