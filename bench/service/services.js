'use strict';

// The services: each request makes a timer that it clears, a Map, and a listener on its own response, beside what the
// frameworks and clients make themselves. Each resolves to the port that it listens on, on 127.0.0.1.

const { packageFile } = require('../support/packages');

/** Longer than a connection waits for its next turn. */
const KEEP_ALIVE_MS = 600_000;

/** Work that each request does beside, for comparison. */
const EXTRA_MS = Number(process.env.BENCH_EXTRA_US ?? 0) / 1000;

const services = { express, fastify, backends };

module.exports = { services, expressApp };

async function express() {
  const app = expressApp();
  return listen(app.listen.bind(app));
}

function expressApp() {
  const app = require('express')();
  app.get('/', (request, response) => {
    const seen = work(request, response);
    response.json({ path: seen.get('path') });
  });
  return app;
}

async function fastify() {
  const app = require(packageFile('fastify'))({ keepAliveTimeout: KEEP_ALIVE_MS });
  app.get('/', (request, reply) => {
    const seen = work(request.raw, reply.raw);
    reply.send({ path: seen.get('path') });
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server.address().port;
}

/** Express with a look into Redis, a query of PostgreSQL and a message to a WebSocket for each request. */
async function backends() {
  const { Redis } = require('ioredis');
  const { Pool } = require('pg');
  const { WebSocketServer } = require('ws');
  const redis = new Redis({ port: Number(process.env.BENCH_REDIS), host: '127.0.0.1' });
  const pool = new Pool({ ...JSON.parse(process.env.BENCH_POSTGRES), max: 8 });
  const app = require('express')();
  let sockets = null;
  let turn = 0;
  app.get('/', async (request, response) => {
    const seen = work(request, response);
    const [visits, { rows }] = await Promise.all([redis.incr('visits'), pool.query('SELECT $1::text AS path', [seen.get('path')])]);
    const subscribers = [...sockets.clients];
    subscribers[turn++ % subscribers.length]?.send(JSON.stringify({ visits }));
    response.json({ path: rows[0].path });
  });
  await redis.set('visits', 0);
  return listen((...given) => {
    const server = app.listen(...given);
    sockets = new WebSocketServer({ server });
    return server;
  });
}

/** What each request does in all of them. */
function work(request, response) {
  const timer = setTimeout(() => response.destroy(), 30_000);
  response.on('finish', () => clearTimeout(timer));
  if (EXTRA_MS > 0) spin(EXTRA_MS);
  return new Map([['path', request.url]]);
}

function spin(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

function listen(start) {
  return new Promise((resolve) => {
    const server = start(0, '127.0.0.1', () => resolve(server.address().port));
    server.keepAliveTimeout = KEEP_ALIVE_MS;
  });
}
