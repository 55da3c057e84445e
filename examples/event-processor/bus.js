'use strict';

const { EventEmitter } = require('node:events');

/** The one bus of the process: it lives as long as the service does. */
class EventBus extends EventEmitter {
  constructor() {
    super();
    // Many subscribers to one topic are normal here. It also silences the only warning that Node would give.
    this.setMaxListeners(0);
  }
}

module.exports = { EventBus };
