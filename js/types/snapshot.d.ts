// What is unreleased at one moment: the answer of `snapshot()`.

import type { Census } from './census.js';
import type { Frame, Position } from './frames.js';

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
   * owners which were there before are causes; of those that one call adds, the first. Where no cause is seen, one site stands for each set of owners. Reports list
   * causes; of consequences they list the names.
   */
  role: 'cause' | 'consequence';
  /** Fingerprints of what keeps it, where that is proven; reports fold it under these. Absent where nothing is. */
  keptBy?: string[];
  /**
   * Fingerprint of the cause that the same call of the program adds with it, as `pipe()` listens on both streams: what ends one ends
   * both, and reports list it there. Its role is 'consequence'. Absent where there is none.
   */
  sameCall?: string;
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

/** What leakline itself costs. */
export interface Overhead {
  /**
   * Memory that leakline takes, in bytes: what it has allocated natively, counted as it is allocated; the rings; what its JavaScript keeps
   * for sites, owners, timers and collections; and 2.4 MiB for each thread, of its own code. Within a tenth of what V8's
   * heap and malloc hold more than without leakline. Not in it: the addon's file, the stacks of two threads, and what V8 keeps of its samples.
   */
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
