'use strict';

/** Delivers events of a shared bus to callbacks that come and go. */
class EventProcessor {
  constructor(bus) {
    this.bus = bus;
    this.handlers = new Map();
    this.lastId = 0;
    this.delivered = 0;
  }

  /** Calls `callback` for every event of `topic`; returns the id that `unsubscribe()` takes. */
  subscribe(topic, callback) {
    const id = ++this.lastId;
    const wrapper = (event) => {
      this.delivered++;
      callback(event);
    };
    // What went on the bus is what must come off it: keep the wrapper, not the callback.
    this.handlers.set(id, { topic, wrapper });
    this.bus.on(topic, wrapper);
    return id;
  }

  unsubscribe(id) {
    const handler = this.handlers.get(id);
    if (handler === undefined) return false;
    this.bus.off(handler.topic, handler.wrapper);
    return this.handlers.delete(id);
  }

  /** Ends every subscription that is still open. */
  destroy() {
    for (const id of this.handlers.keys()) this.unsubscribe(id);
  }
}

module.exports = { EventProcessor };
