// What grew while a function was called again and again: the answer of `check()`.

import type { Frame, Position } from './frames.js';

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
  /** As {@link Site.sameCall}. */
  sameCall?: string;
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

/** The heap during a check. */
export interface CheckHeap {
  /**
   * Bytes that each round added, garbage collected: to V8's heap and to what hangs on it outside. Negative where it became less.
   * Rounds between two censuses share what they added.
   */
  added: number[];
  /** Bytes that a call adds on average; negative where it became less. */
  bytesPerCall: number;
  /**
   * Whether it grew by more than noise: by 64 bytes a call and 256 KiB in all, by an equal share of that in all rounds but one, and by
   * half a share in the last round.
   */
  grew: boolean;
  /** How long the looks at the whole heap took, in ms; absent where there were none. */
  lookMs?: number;
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
