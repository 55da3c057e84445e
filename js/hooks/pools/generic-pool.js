'use strict';

/**
 * generic-pool 3: `acquire()` puts a request in a queue, and resolves it with the resource when there is one; a request
 * that fails is never resolved. No reaction is added to the promise: it would mark a rejection as handled. What `use()`
 * borrows the application's function holds: it counts like any other, and the pool returns it.
 */

const { apply } = require('../../base/originals.js');
const { hasMethods } = require('./shape.js');

const name = 'generic-pool';

function poolOf(given) {
  const isOne = hasMethods(given, 'acquire', 'release', 'destroy', 'use', 'isBorrowedResource')
    && hasMethods(given._waitingClientsQueue, 'enqueue');
  return isOne ? given : null;
}

function hook(pool, { take, checkedOut, back }, patch) {
  /** Taken by the `acquire()` that is running, until its request is queued. */
  let asking = null;

  patch(pool, 'acquire', (original, hook) => function acquire() {
    asking = take(hook());
    try {
      return apply(original, this, arguments);
    } finally {
      asking = null;
    }
  });

  patch(pool._waitingClientsQueue, 'enqueue', (original) => function enqueue(request) {
    const ticket = asking;
    asking = null;
    if (ticket !== null && hasMethods(request, 'resolve')) {
      const { resolve } = request;
      Object.defineProperty(request, 'resolve', {
        value(resource) {
          // Also when it is checked out again at once, within the release() of whoever had it.
          checkedOut(ticket, resource);
          return apply(resolve, this, arguments);
        },
        writable: true,
        configurable: true,
      });
    }
    return apply(original, this, arguments);
  });

  for (const key of ['release', 'destroy']) {
    patch(pool, key, (original) => function give(resource) {
      back(resource);
      return apply(original, this, arguments);
    });
  }
}

module.exports = { name, label: `${name} Pool`, poolOf, hook };
