'use strict';

const { watchPool } = require('../../js/api/pools'); // in a program of yours: require('leakline/pools')
const { startRedis } = require('../redis-server');
const { connect } = require('./connections');

// Few, and all of them asked for in setup(): a cache that still fills would look like a leak.
const PRODUCTS = ['apple', 'bread', 'cheese', 'dates', 'eggs'];
const USERS = ['ann', 'bob', 'cyd'];
const SESSION_MS = 10 * 60_000;
const REPORT_MS = 30 * 60_000;

/**
 * What a shop does with its cache: product pages are read and change now and then, sessions are touched by each request,
 * orders reserve stock, and each report has a cache of its own for as long as it is made. Redis, the connections and the
 * shop's cache live as long as the service.
 */
module.exports = function workload(name, { CacheManager, Invalidation, OutOfStockError, Stock }) {
  let redis;
  let connections;
  let invalidation;
  let cache;
  let stock;
  let loaded;
  let calls;

  /** The database behind the cache. */
  async function load(key) {
    loaded++;
    return { key, cents: key.length * 100 };
  }

  /** A page that is read again and again; then its product changes. */
  async function readProduct(product) {
    const key = `product:${product}`;
    for (let i = 0; i < 3; i++) await cache.get(key);
    const before = loaded;
    await cache.invalidate(key);
    // Redis delivers in order: once this is answered, the message before it has arrived.
    await connections.subscriber.ping();
    await cache.get(key);
    if (loaded === before) throw new Error(`${key} has changed, and the cache still had what it was`);
  }

  /** Two requests of one user. */
  async function touchSession(user) {
    for (const page of ['/cart', '/checkout']) {
      await cache.setWithExpiry(`session:${user}`, { user, page }, SESSION_MS);
    }
    const { page } = await cache.get(`session:${user}`);
    if (page !== '/checkout') throw new Error(`the session of ${user} is at ${page} instead of /checkout`);
  }

  /** One order that can be delivered, one that cannot. */
  async function order(product) {
    await connections.client.set(`stock:${product}`, 3);
    await stock.reserve(product, 2);
    const refused = await stock.reserve(product, 2).catch((error) => error);
    if (!(refused instanceof OutOfStockError)) throw new Error(`2 of 1 ${product} were sold`);
  }

  /** Its figures are cached under a prefix of their own, and nobody asks for them afterwards. */
  async function makeReport() {
    const report = new CacheManager({ client: connections.client, invalidation, load, prefix: 'report:' });
    await report.setWithExpiry('sales', { cents: 1200 }, REPORT_MS);
    await report.get('sales');
    report.close();
  }

  return {
    name,

    async setup() {
      redis = await startRedis();
      connections = await connect({ port: redis.port });
      watchPool(connections.pool);
      invalidation = new Invalidation(connections);
      await invalidation.start();
      cache = new CacheManager({ client: connections.client, invalidation, load });
      stock = new Stock(connections.pool);
      loaded = 0;
      calls = 0;
      for (const product of PRODUCTS) await cache.get(`product:${product}`);
      for (const user of USERS) await touchSession(user);
    },

    async iterate() {
      const call = calls++;
      const product = PRODUCTS[call % PRODUCTS.length];
      await readProduct(product);
      await touchSession(USERS[call % USERS.length]);
      await order(product);
      await makeReport();
    },

    async teardown() {
      cache.close();
      await invalidation.close();
      await connections.close();
      // Ends the connections that were lost, too.
      await redis.stop();
    },
  };
};
