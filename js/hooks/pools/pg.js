'use strict';

/**
 * pg: `connect()` makes a pending item, which waits in the pool's queue or for a new client, and is called back when the
 * client is handed out. So one way serves callbacks and promises, and neither is touched. What `query()` borrows it
 * returns by itself: it is not recorded.
 */

const { apply } = require('../../base/originals.js');
const { hasMethods } = require('./shape.js');

const name = 'pg';

function poolOf(given) {
  const isOne = hasMethods(given, 'connect', 'query', 'newClient', '_acquireClient', '_release') && Array.isArray(given._pendingQueue);
  return isOne ? given : null;
}

function hook(pool, { take, checkedOut, back }, patch) {
  /** By pending item. */
  const tickets = new WeakMap();
  /** Taken by the `connect()` that is running, until it has made its pending item. */
  let asking = null;
  /** Whether the next `connect()` is that of `query()`. */
  let isQuery = false;

  patch(pool, 'query', (original) => function query() {
    isQuery = true;
    try {
      return apply(original, this, arguments);
    } finally {
      isQuery = false;
    }
  });

  patch(pool, 'connect', (original, hook) => function connect() {
    const ticket = isQuery ? null : take(hook());
    isQuery = false;
    if (ticket === null) return apply(original, this, arguments);
    const waiting = pool._pendingQueue.length;
    asking = ticket;
    try {
      return apply(original, this, arguments);
    } finally {
      if (asking === ticket && pool._pendingQueue.length > waiting) tickets.set(pool._pendingQueue.at(-1), ticket);
      asking = null;
    }
  });

  patch(pool, 'newClient', (original) => function newClient(item) {
    if (asking !== null) tickets.set(item, asking);
    asking = null;
    return apply(original, this, arguments);
  });

  patch(pool, '_acquireClient', (original) => function acquireClient(client, item) {
    const ticket = tickets.get(item);
    // Its owner gave up waiting: the pool takes the client back at once.
    if (ticket !== undefined && !item.timedOut) checkedOut(ticket, client);
    return apply(original, this, arguments);
  });

  patch(pool, '_release', (original) => function release(client) {
    back(client);
    return apply(original, this, arguments);
  });
}

module.exports = { name, label: `${name} Pool`, poolOf, hook };
