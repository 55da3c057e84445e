'use strict';

const { LruCache } = require('./lru-cache');

const HEALTH_CHECK_MS = 30_000;
const CLEANUP_MS = 60_000;
const RESULT_TTL_MS = 10 * 60_000;
const MAX_PENDING = 1000;
const MAX_IDS_OF_ERROR = 10;

/** Works off the tasks of one queue: a few at a time, each with a deadline, and remembers results. */
class TaskProcessor {
  constructor(source, { queue, work, concurrency = 2, cacheSize = 1000, taskTimeoutMs = 600_000 }) {
    this.queue = queue;
    this.work = work;
    this.concurrency = concurrency;
    this.taskTimeoutMs = taskTimeoutMs;
    this.pending = [];
    this.processing = [];
    this.healthy = true;
    this.destroyed = false;
    this.lastError = null;

    this.callbacks = new Map(); // an entry lives until its task settles
    this.cache = new LruCache(cacheSize);
    this.subscribers = [];

    this.healthTimer = setInterval(() => this.checkHealth(), HEALTH_CHECK_MS).unref();
    this.cleanupTimer = setInterval(() => this.cleanUpResults(), CLEANUP_MS).unref();

    this.source = source;
    this.onTask = (task, callback) => this.accept([task], callback);
    this.onBatch = (tasks, callback) => this.accept(tasks, callback);
    this.onError = (error) => this.recordError(error);
    source.on('task', this.onTask);
    source.on('batch', this.onBatch);
    source.on('error', this.onError);
  }

  /** Runs `task`, or takes its result from the cache; calls `callback(error, result)` once. */
  submit(task, callback) {
    if (this.destroyed) throw new Error(`the processor of '${this.queue}' is destroyed: create a new one`);

    const known = this.cache.get(cacheKey(task));
    if (known) {
      queueMicrotask(() => callback(null, known));
      return;
    }

    const job = { task, settled: false, timer: null };
    this.callbacks.set(task.id, callback);
    job.timer = setTimeout(() => this.settle(job, new Error('timed out')), this.taskTimeoutMs).unref();
    this.pending.push(job);
    this.startNext();
  }

  /** Calls `listener(task, error, result)` for every task that settles; returns the function that ends it. */
  subscribe(listener) {
    const subscriber = { listener };
    this.subscribers.push(subscriber);
    return () => remove(this.subscribers, subscriber);
  }

  /** Ends the tasks that are still open, takes no more, and gives back all that the constructor took. */
  destroy() {
    this.destroyed = true;
    const open = [...this.pending.splice(0), ...this.processing];
    for (const job of open) this.settle(job, new Error('the processor was destroyed'));

    clearInterval(this.healthTimer);
    clearInterval(this.cleanupTimer);
    this.source.off('task', this.onTask);
    this.source.off('batch', this.onBatch);
    this.source.off('error', this.onError);
    this.cache.clear();
    this.subscribers.length = 0;
    this.lastError = null;
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
    clearTimeout(job.timer);
    if (error) this.recordError(error);
    else this.cache.set(cacheKey(job.task), result);
    remove(this.processing, job);
    remove(this.pending, job);

    const callback = this.callbacks.get(job.task.id);
    this.callbacks.delete(job.task.id);
    callback(error, result);
    // A copy, because a listener may end its own subscription.
    for (const { listener } of this.subscribers.slice()) listener(job.task, error, result);
    this.startNext();
  }

  /** Counts and a few ids explain an error as well as the tasks themselves, and hold none of them. */
  recordError(error) {
    this.lastError = {
      message: error.message,
      pending: this.pending.length,
      processing: this.processing.length,
      taskIds: this.processing.slice(0, MAX_IDS_OF_ERROR).map((job) => job.task.id),
    };
  }

  checkHealth() {
    this.healthy = this.pending.length < MAX_PENDING;
  }

  cleanUpResults() {
    this.cache.deleteOlderThan(Date.now() - RESULT_TTL_MS);
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
