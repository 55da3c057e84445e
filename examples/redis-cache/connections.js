'use strict';

const genericPool = require('generic-pool');
const { Redis } = require('ioredis');

// Raised from 20 when reservations began to time out in the afternoons.
const MAX_CONNECTIONS = 2000;
const ACQUIRE_TIMEOUT_MS = 2000;
const DRAIN_MS = 500;
const LOCAL = { host: '127.0.0.1', lazyConnect: true };

/**
 * The service's connections to Redis: one for commands, one that only listens, and a pool for transactions, each of which
 * needs a connection to itself, as WATCH belongs to the connection.
 */
async function connect({ port }) {
  const client = await open({ port });
  const subscriber = await open({ port });
  const pool = genericPool.createPool( // with leak 3: the pool's own lists
    { create: () => open({ port, retryStrategy: null }), destroy: close },
    { max: MAX_CONNECTIONS, acquireTimeoutMillis: ACQUIRE_TIMEOUT_MS },
  );

  return {
    client,
    subscriber,
    pool,

    /** Waits for transactions that are under way, but not for ever: a deployment would hang. */
    async close() {
      await atMost(DRAIN_MS, pool.drain());
      await pool.clear();
      await Promise.all([close(client), close(subscriber)]);
    },
  };
}

module.exports = { connect };

async function open(options) {
  const connection = new Redis({ ...LOCAL, ...options }); // with leak 3: a connection
  connection.on('error', report); // with leak 3: its listener
  await connection.connect();
  return connection;
}

function report(error) {
  console.error(`redis: ${error.message}`);
}

async function close(connection) {
  await connection.quit();
}

function atMost(ms, promise) {
  let timer;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
