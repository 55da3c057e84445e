'use strict';

/** Keeps the `limit` entries that were used last. A Map is in order of insertion, so its first key is the oldest. */
class LruCache {
  constructor(limit) {
    this.limit = limit;
    this.entries = new Map();
  }

  get(key) {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  set(key, value) {
    this.entries.delete(key);
    this.entries.set(key, { value, storedAt: Date.now() });
    if (this.entries.size > this.limit) this.entries.delete(this.entries.keys().next().value);
  }

  deleteOlderThan(time) {
    for (const [key, { storedAt }] of this.entries) {
      if (storedAt < time) this.entries.delete(key);
    }
  }

  clear() {
    this.entries.clear();
  }
}

module.exports = { LruCache };
