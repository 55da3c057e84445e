'use strict';

const CHANNEL = 'cache:changed';

/** Notifies all instances of the service which keys have changed: each publishes its own changes and hears the others'. */
class Invalidation {
  constructor({ client, subscriber }) {
    this.publisher = client;
    this.client = subscriber;
    this.handlers = new Map();
    this.client.on('message', (channel, key) => this.client.emit('message:' + key));
  }

  async start() {
    await this.client.subscribe(CHANNEL);
  }

  /** From now on `handler` is called when `key` changes, in place of the handler that it had. */
  subscribe(key, handler) {
    this.unsubscribe(key);
    this.handlers.set(key, handler);
    this.client.on('message:' + key, handler);
  }

  unsubscribe(key) {
    const handler = this.handlers.get(key);
    if (handler === undefined) return;
    this.client.off('message:' + key, handler);
    this.handlers.delete(key);
  }

  async publish(key) {
    await this.publisher.publish(CHANNEL, key);
  }

  async close() {
    await this.client.unsubscribe(CHANNEL);
  }
}

module.exports = { Invalidation };
