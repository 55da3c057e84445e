'use strict';

/**
 * tarn, which knex uses: the pool notifies its own event handlers of each acquire, by a number, and of its success with the
 * resource. leakline wraps that notification, so that it adds no listener to the emitter.
 */

const { Map, apply } = require('../../base/originals.js');
const { hasMethods } = require('./shape.js');

const name = 'tarn';

function poolOf(given) {
  const isOne = hasMethods(given, 'acquire', 'release', 'destroy', 'numUsed', 'numPendingAcquires', '_executeEventHandlers');
  return isOne ? given : null;
}

function hook(pool, { take, checkedOut, back }, patch) {
  /** By the number of an acquire that has neither succeeded nor failed. */
  const tickets = new Map();
  /** Taken by the `acquire()` that is running, until the pool has given its number. */
  let asking = null;

  patch(pool, 'acquire', (original, hook) => function acquire() {
    asking = take(hook());
    try {
      return apply(original, this, arguments);
    } finally {
      asking = null;
    }
  });

  patch(pool, '_executeEventHandlers', (original) => function executeEventHandlers(event, number, resource) {
    if (event === 'acquireRequest' && asking !== null) {
      tickets.set(number, asking);
      asking = null;
    } else if (event === 'acquireSuccess' || event === 'acquireFail') {
      const ticket = tickets.get(number);
      tickets.delete(number);
      if (event === 'acquireSuccess' && ticket !== undefined) checkedOut(ticket, resource);
    }
    return apply(original, this, arguments);
  });

  patch(pool, 'release', (original) => function release(resource) {
    back(resource);
    return apply(original, this, arguments);
  });
}

module.exports = { name, label: `${name} Pool`, poolOf, hook };
