import type { CheckOptions, Diff, Kind, Snapshot } from '../../index.js';

/** Options of `toLeak`: those of `check()`, and which leak is meant. */
export interface LeakOptions extends CheckOptions {
  /** Only leaks of this kind. Default: any. */
  kind?: Kind;
  /**
   * As of `check()`, but false unless it is given or `kind` is `'array'`: in a test runner's heap a census takes several
   * times as long as a check without one.
   */
  census?: boolean;
  /** As of `check()`: a look at a test runner's heap takes seconds. Default false. */
  heap?: boolean | 'auto';
  /** As of `check()`, but true unless it or `rounds` is given. */
  quick?: boolean;
  /** Only leaks that grow by this much with each call, within a hundredth: a number above 0. Default: any. */
  perIteration?: number;
}

/** What `expect.extend()` adds. */
export interface LeakMatchers<R = unknown> {
  /**
   * Calls the function of `expect()` again and again, as `check()` does, and says whether something of the
   * application piles up. Leaks of packages are reported in the message and fail nothing.
   *
   * @example
   * await expect(() => handle(request)).not.toLeak();
   * await expect(() => bus.on('x', () => {})).toLeak({ kind: 'listener', perIteration: 1 });
   */
  toLeak(options?: LeakOptions): Promise<R>;

  /**
   * A snapshot has no site of the application that is judged a leak; a diff has none that is new or has grown.
   *
   * @example
   * expect(leakline.snapshot({ gc: true })).toHaveNoLeaks();
   */
  toHaveNoLeaks(): R;
}

/** A matcher's outcome. */
interface Outcome {
  pass: boolean;
  message(): string;
}

/** `expect.extend(require('leakline/jest'))` */
export function toLeak(fn: () => unknown, options?: LeakOptions): Promise<Outcome>;
/** See {@link LeakMatchers.toHaveNoLeaks}. */
export function toHaveNoLeaks(value: Snapshot | Diff): Outcome;
