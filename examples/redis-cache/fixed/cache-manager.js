'use strict';

const { HotKeys } = require('../hot-keys');

const TTL_MS = 10 * 60_000;
const REFRESH_EVERY_MS = 30_000;

/**
 * A cache in two layers: values in this process, and behind them Redis, which all instances of the service share. What is
 * in neither is loaded.
 */
class CacheManager {
  constructor({ client, invalidation, load, prefix = '' }) {
    this.client = client;
    this.invalidation = invalidation;
    this.load = load;
    this.prefix = prefix;
    this.local = new Map();
    this.expiries = new Map();
    this.hotKeys = new HotKeys((key) => this.refresh(key), { everyMs: REFRESH_EVERY_MS });
  }

  async get(key) {
    this.hotKeys.hit(key);
    if (this.local.has(key)) return this.local.get(key);
    const stored = await this.client.get(this.prefix + key);
    if (stored === null) return this.refresh(key);
    return this.keep(key, JSON.parse(stored));
  }

  /** Loads a value, whether or not it is there already. */
  async refresh(key) {
    const value = await this.load(key);
    await this.client.set(this.prefix + key, JSON.stringify(value), 'PX', TTL_MS);
    return this.keep(key, value);
  }

  /** For values that nobody can load again, such as sessions: they are gone after `ttlMs`. */
  async setWithExpiry(key, value, ttlMs) {
    await this.client.set(this.prefix + key, JSON.stringify(value), 'PX', ttlMs);
    this.local.set(key, value);
    clearTimeout(this.expiries.get(key));
    this.expiries.set(key, setTimeout(() => this.drop(key), ttlMs).unref());
  }

  /** The value has changed: every instance, this one too, has to load it again. */
  async invalidate(key) {
    await this.client.del(this.prefix + key);
    await this.invalidation.publish(this.prefix + key);
  }

  close() {
    this.hotKeys.close();
    for (const key of this.local.keys()) this.drop(key);
  }

  keep(key, value) {
    this.local.set(key, value);
    this.invalidation.subscribe(this.prefix + key, () => this.drop(key));
    return value;
  }

  /** Forgets a value, and all that waits for its end. */
  drop(key) {
    this.local.delete(key);
    this.invalidation.unsubscribe(this.prefix + key);
    clearTimeout(this.expiries.get(key));
    this.expiries.delete(key);
  }
}

module.exports = { CacheManager };
