// What the public functions take.

/** What is tracked. A name given to {@link track} is a kind too. */
export type Kind =
  /** Of an EventEmitter, or of an EventTarget such as an AbortSignal. */
  | 'listener'
  | 'timeout'
  | 'interval'
  | 'immediate'
  | 'map'
  | 'set'
  /**
   * In a running service an array that the program's modules reach and that grows, from half a minute on; else found by censuses, see
   * {@link CheckOptions.census} and {@link SnapshotOptions.census}.
   */
  | 'array'
  /** An object that is used as a Map: its own properties grow in number. Found as arrays are. */
  | 'object'
  /**
   * What is open until somebody closes it; one registration each, from its opening to its end. Labels are `fd`,
   * `FileHandle`, `ReadStream`, `WriteStream`, `Dir`, `FSWatcher`, `StatWatcher`, `Socket`, `dgram.Socket`, `Server`,
   * `ChildProcess`, `Worker`, `MessageChannel`, a class of zlib's streams such as `Gzip`, `readline.Interface`,
   * `events.on iterator`, `Agent`, `ClientHttp2Session`, `AsyncHook`, `object URL`, `performance mark`,
   * `performance measure`, `PerformanceObserver`, or a class derived from one, such as
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
  /**
   * Frames kept of each stack, innermost first: an integer from 1 to 64. Default 16. Where none of these is the application's,
   * the frames up to its innermost one and three of its callers are kept as well, from up to 48.
   */
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
   * a handle that nobody holds any more looks like one that leaks, and a quiet service may make none for minutes. While
   * the heap has at most 32 MiB (a pause of some 10 to 50 ms), one a minute in the long run, and for a thousandth of the time
   * at the most. In a heap of up to 1 GiB V8 makes one in steps, beside the program, at most each 0.4 s a MiB. Default true. With false such sites stay `new` until V8 has collected by itself.
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
   * of it stayed: after about 9 · interval / rate. Default: for V8's heap 524288 (512 KiB) while the program loads, from then on
   * down to 16384 (16 KiB), so that there are about 100 samples a second; for Buffers 131072 (128 KiB) while a program allocates
   * at most some 38 MB/s, else 524288. Each sample takes 5 to 10 µs. Stacks have {@link Options.stackDepth} frames.
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
   * Also look at the whole heap, by two snapshots of V8 that are read in memory, by four where these leave a doubt or Node offers
   * no numbers of what is new between them: what container gains objects with each call, whatever they are (plain objects, closures, promises, strings, Buffers), and what holds it. `'auto'`:
   * where the bytes in use grew by more than noise, or a collection gained an entry with each call, no other finding says why,
   * and at most 64 MiB are in use; `true` always, `false` never. Default `'auto'`. A look takes some 60 ms a MiB of small objects, and three to five more rounds are run.
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

/** How {@link metrics} writes. */
export interface MetricsOptions {
  /** Write OpenMetrics 1.0 instead of Prometheus' text format 0.0.4. Default false. */
  openMetrics?: boolean;
}
