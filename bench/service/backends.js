'use strict';

// Redis and PostgreSQL for the service that needs them: real ones, on this machine.

const { aside } = require('../support/aside');

/** Starts them; resolves to `{ env, stop }` for the service, or to `{ reason }` where there are none. */
async function startBackends() {
  const { postgres, redis, startPostgres, startRedis } = aside(() => ({
    ...require('../../__test__/support/service-postgres'),
    ...require('../../__test__/support/service-redis'),
  }));
  const reason = redis.reason ?? postgres.reason;
  if (reason) return { reason };
  const started = [await startRedis()];
  try {
    started.push(await startPostgres());
  } catch (error) {
    await started[0].stop();
    throw error;
  }
  const [cache, database] = started;
  return {
    env: { BENCH_REDIS: String(cache.port), BENCH_POSTGRES: JSON.stringify(database.options) },
    stop: () => Promise.all(started.map(({ stop }) => stop())),
  };
}

module.exports = { startBackends };
