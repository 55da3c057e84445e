'use strict';

const HEALTH_CHECK_MS = 30_000;
const CLEANUP_MS = 60_000;
const RESULT_TTL_MS = 10 * 60_000;
const MAX_PENDING = 1000;

/** Works off the tasks of one queue: a few at a time, each with a deadline, and remembers results. */
class TaskProcessor {
  constructor(source, { queue, work, concurrency = 2, cacheSize = 1000, taskTimeoutMs = 600_000 }) {
    this.queue = queue;
    this.work = work;
    this.concurrency = concurrency;
    this.cacheSize = cacheSize;
    this.taskTimeoutMs = taskTimeoutMs;
    this.pending = [];
    this.processing = [];
    this.healthy = true;
    this.destroyed = false;
    this.lastError = null;

    this.callbacks = new Map(); // leak 4: one entry per task, never deleted
    this.cache = new Map(); // leak 5, 6: no eviction, kept by destroy(), and `cacheSize` is never looked at
    this.subscribers = []; // leak 7: grows with every subscribe(), never cleared

    // All timers are unref'd, so no process hangs at its end and nobody notices that they are never cleared.
    setInterval(() => this.checkHealth(), HEALTH_CHECK_MS).unref(); // leak 1: destroy() does not clear it
    setInterval(() => this.cleanUpResults(), CLEANUP_MS).unref(); // leak 2: destroy() does not clear it

    source.on('task', (task, callback) => this.accept([task], callback)); // leak 3: 'task' stays on the source
    source.on('batch', (tasks, callback) => this.accept(tasks, callback)); // leak 3: 'batch' stays on the source
    source.on('error', (error) => this.recordError(error)); // leak 3: 'error' stays on the source
  }

  /** Runs `task`, or takes its result from the cache; calls `callback(error, result)` once. */
  submit(task, callback) {
    if (this.destroyed) throw new Error(`the processor of '${this.queue}' is destroyed: create a new one`);

    const known = this.cache.get(cacheKey(task));
    if (known?.result) {
      queueMicrotask(() => callback(null, known.result));
      return;
    }

    const job = { task, settled: false };
    this.callbacks.set(task.id, callback); // fills leak 4
    setTimeout(() => this.settle(job, new Error('timed out')), this.taskTimeoutMs).unref(); // leak 9: never cleared
    this.pending.push(job);
    this.startNext();
  }

  /** Calls `listener(task, error, result)` for every task that settles; returns the function that ends it. */
  subscribe(listener) {
    const subscriber = { listener, active: true };
    this.subscribers.push(subscriber); // fills leak 7
    return () => {
      subscriber.active = false;
    };
  }

  /** Ends the tasks that are still open, and takes no more. */
  destroy() {
    this.destroyed = true;
    const open = [...this.pending.splice(0), ...this.processing];
    for (const job of open) this.settle(job, new Error('the processor was destroyed'));
  }

  accept(tasks, callback) {
    for (const task of tasks) {
      if (task.queue === this.queue) this.submit(task, callback);
    }
  }

  startNext() {
    while (this.processing.length < this.concurrency && this.pending.length > 0) {
      const job = this.pending.shift();
      this.processing.push(job);
      this.work(job.task).then(
        (result) => this.settle(job, null, result),
        (error) => this.settle(job, error),
      );
    }
  }

  settle(job, error, result) {
    if (job.settled) return;
    job.settled = true;
    if (error) this.recordError(error);
    else this.cache.set(cacheKey(job.task), { result, storedAt: Date.now() }); // fills leak 5, 6
    remove(this.processing, job);
    remove(this.pending, job);

    this.callbacks.get(job.task.id)(error, result);
    for (const { listener, active } of this.subscribers) {
      if (active) listener(job.task, error, result);
    }
    this.startNext();
  }

  recordError(error) {
    this.lastError = {
      error,
      pending: [...this.pending], // leak 8: pending tasks live on for as long as the error
      processing: [...this.processing], // leak 8: processing tasks likewise
    };
  }

  checkHealth() {
    this.healthy = this.pending.length < MAX_PENDING;
  }

  /** Forgets old results, but not their entries. */
  cleanUpResults() {
    const oldest = Date.now() - RESULT_TTL_MS;
    for (const entry of this.cache.values()) {
      if (entry.storedAt < oldest) entry.result = null;
    }
  }
}

function cacheKey({ item, quantity }) {
  return `${item} x ${quantity}`;
}

function remove(list, item) {
  const index = list.indexOf(item);
  if (index !== -1) list.splice(index, 1);
}

module.exports = { TaskProcessor };
