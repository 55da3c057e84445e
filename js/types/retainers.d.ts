// Who retains what in a heap: the answer of `retainers()`.

import type { Retainer } from './check.js';
import type { Frame } from './frames.js';

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
