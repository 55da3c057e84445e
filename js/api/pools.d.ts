/** A pool that is watched. */
export interface WatchedPool {
  /** Ends the watch: what is checked out then counts as collected, and is not reported any more. */
  unwatch(): void;
  /** As {@link WatchedPool.unwatch}. */
  [Symbol.dispose](): void;
}

/** How a pool is watched. */
export interface PoolOptions {
  /**
   * From how many milliseconds on a checkout is overdue: an integer from 1 to 2147483647. Default 30000. If
   * unsure: some times what the slowest use of a connection takes.
   */
  maxHoldMs?: number;
  /** What the pool is called in reports. Default: by its package, such as `pg Pool`. */
  label?: string;
}

/**
 * Records what a pool hands out: each checkout, kind `pool`, with the stack that took it, from when it is handed out until it
 * is returned. One that waits for its turn or fails is none. Pools are known by their shape:
 *
 * - `generic-pool`: from `acquire()`, also within `use()`, to `release()` or `destroy()`;
 * - `tarn` (the pool of knex): from `acquire()` to `release()`;
 * - `pg`: a Pool, from `connect()` to the client's `release()`; what `query()` borrows is left out;
 * - `mysql2`: a Pool, with callbacks or promises, from `getConnection()` until the connection is released, destroyed or
 *   broken, or the pool ended; what `query()` and `execute()` borrow is left out; no PoolCluster;
 * - `ioredis`: a client, from `duplicate()` until the duplicate is disconnected; not what the duplicate duplicates.
 *
 * Methods of this one pool are replaced while leakline records, and are the pool's own again after `unwatch()` or
 * `stop()`. While leakline is off the pool is remembered, weakly, until recording starts; nothing is loaded and nothing is
 * thrown. The latest call for a pool is the one that counts.
 *
 * @returns `unwatch()` ends the watch: what is out then is not reported any more, and counts as collected
 * @throws {LeaklineError} while leakline records: `ERR_LEAKLINE_POOL` when `pool` has no known shape, or is frozen;
 * `ERR_LEAKLINE_OPTION`. While it is off the mistake is reported in the notes when recording starts.
 * @example
 * const { watchPool } = require('leakline/pools');
 *
 * const pool = new pg.Pool();
 * watchPool(pool, { maxHoldMs: 5_000 });
 */
export function watchPool(pool: object, options?: PoolOptions): WatchedPool;

declare global {
  // As Node's own types have it: for programs that do not use them.
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}
