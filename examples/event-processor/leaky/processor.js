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
      const handler = this.handlers.get(id);
      if (handler === undefined) return;
      this.delivered++;
      handler(event);
    };
    this.handlers.set(id, callback);
    this.bus.on(topic, wrapper); // leak 1: nobody keeps `wrapper`, so nobody can take it off the bus
    return id;
  }

  /** The callback is never called again, so this looks right from outside. The bus still calls the wrapper. */
  unsubscribe(id) {
    return this.handlers.delete(id);
  }
}

module.exports = { EventProcessor };
