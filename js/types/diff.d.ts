// Two snapshots compared: the answer of `diff()`.

import type { Frame } from './frames.js';
import type { ProcessInfo } from './snapshot.js';

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
