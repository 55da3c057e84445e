'use strict';

/**
 * mysql2: `getConnection()` calls back with the connection. That callback is wrapped, which shows as a frame of leakline
 * in the stack of what it throws; a promise pool's is mysql2's own. Each end of a connection comes by the pool's
 * `releaseConnection()` or `_removeConnection()`, but for those that the pool's `end()` closes itself. What `query()` and
 * `execute()` borrow they return by themselves: it is not recorded.
 */

const { apply } = require('../../base/originals.js');
const { hasMethods } = require('./shape.js');

const name = 'mysql2';

const isCorePool = (pool) =>
  hasMethods(pool, 'getConnection', 'releaseConnection', '_removeConnection', 'query', 'execute', 'end')
  && typeof pool.config?.connectionConfig === 'object';

/** A promise pool stands before the pool that hands out. */
function poolOf(given) {
  if (isCorePool(given)) return given;
  return hasMethods(given, 'getConnection', 'execute') && isCorePool(given.pool) ? given.pool : null;
}

function hook(pool, { take, checkedOut, back, allBack }, patch) {
  /** Callbacks of ours: the pool asks itself again on behalf of who waits. */
  const ours = new WeakSet();
  /** Whether the next `getConnection()` is that of `query()` or `execute()`. */
  let isQuery = false;

  for (const key of ['query', 'execute']) {
    patch(pool, key, (original) => function query() {
      isQuery = true;
      try {
        return apply(original, this, arguments);
      } finally {
        isQuery = false;
      }
    });
  }

  patch(pool, 'getConnection', (original, hook) => function getConnection(callback, ...others) {
    const isOwn = isQuery || typeof callback !== 'function' || ours.has(callback);
    isQuery = false;
    const ticket = isOwn ? null : take(hook());
    if (ticket === null) return apply(original, this, arguments);
    const reported = function (error, connection) {
      if (!error) checkedOut(ticket, connection);
      return apply(callback, this, arguments);
    };
    ours.add(reported);
    return apply(original, this, [reported, ...others]);
  });

  for (const key of ['releaseConnection', '_removeConnection']) {
    patch(pool, key, (original) => function give(connection) {
      back(connection);
      return apply(original, this, arguments);
    });
  }

  patch(pool, 'end', (original) => function end() {
    allBack();
    return apply(original, this, arguments);
  });
}

module.exports = { name, label: `${name} Pool`, poolOf, hook };
