'use strict';

const HOT_HITS = 3;

/** Loads again what is asked for often, before it goes stale. One timer for all keys; a key that cools down is forgotten. */
class HotKeys {
  constructor(refresh, { everyMs }) {
    this.refresh = refresh;
    this.hits = new Map(); // with leak 2: of each manager that is held
    this.timer = setInterval(() => this.refreshAll(), everyMs).unref();
  }

  hit(key) {
    this.hits.set(key, (this.hits.get(key) ?? 0) + 1);
  }

  async refreshAll() {
    const hits = [...this.hits];
    this.hits.clear();
    const hot = hits.filter(([, count]) => count >= HOT_HITS);
    await Promise.allSettled(hot.map(([key]) => this.refresh(key)));
  }

  close() {
    clearInterval(this.timer);
    this.hits.clear();
  }
}

module.exports = { HotKeys };
