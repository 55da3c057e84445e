'use strict';

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');

const { runFixture, runWell, shown, lineOf, preload } = require('./support/service-child');
const { redis, startRedis } = require('./support/service-redis');

const env = { LEAKLINE: 'full' };

/** Runs a service's round trips with and without leakline: nothing may differ. */
async function assertSame(name, args = []) {
  const without = await runFixture(name, { node: preload, args });
  assert.equal(without.code, 0, shown(without));
  assert.ok(without.said.length > 4, shown(without));
  for (const mode of ['full', 'adaptive']) {
    const result = await runFixture(name, { node: preload, args, env: { LEAKLINE: mode } });
    assert.deepEqual(result.said, without.said, `${mode}: it answers otherwise`);
    assert.deepEqual(result, without, mode);
  }
}

async function checked(name, args) {
  const { said: [result], file } = await runWell(name, { node: preload, args, env });
  return { ...result, file };
}

function assertClean({ leaked, leaks }) {
  assert.deepEqual(leaks.map(({ kind, label, origin, growth, perIteration }) => ({ kind, label, origin, growth, perIteration })), []);
  assert.equal(leaked, false);
}

/** What leaks at the marked line is found; `others` says which kinds it may hold besides. */
function assertLeaks({ leaked, leaks, file }, kind, others = []) {
  assert.equal(leaked, true);
  const found = leaks.map(({ kind, origin, growth, perIteration }) => ({ kind, file: origin?.file, line: origin?.line, growth, perIteration }));
  const leak = { kind, file, line: lineOf(file, 'leaks'), growth: 'instances', perIteration: 1 };
  assert.deepEqual(found.filter(({ kind }) => !others.includes(kind)), [leak]);
}

describe('express', () => {
  const name = 'express-service.js';

  it('answers as without leakline', () => assertSame(name));

  for (const path of ['/clean', '/', '/stream', '/events', '/file', '/rejects']) {
    it(`keep-alive requests for ${path} leak nothing`, async () => assertClean(await checked(name, ['--check', path])));
  }

  it('a listener a request on a shared emitter is found', async () => assertLeaks(await checked(name, ['--check', '/leaky']), 'listener'));
});

describe('ws', () => {
  const name = 'ws-service.js';

  it('behaves as without leakline', () => assertSame(name));

  it('connections that come and go leak nothing', async () => assertClean(await checked(name, ['--check', '/clean'])));

  // Its callback holds the socket, and with it the socket's listeners.
  it('an interval a connection is found', async () => assertLeaks(await checked(name, ['--check', '/leaky']), 'interval', ['listener', 'map', 'set', 'array']));
});

describe('ioredis', { skip: redis.reason }, () => {
  const name = 'ioredis-service.js';
  let server;

  before(async () => {
    server = await startRedis();
  });
  after(() => server?.stop());

  it('answers as without leakline', () => assertSame(name, [String(server.port)]));

  it('subscriptions that end leak nothing', async () => assertClean(await checked(name, [String(server.port), '--check', 'clean'])));

  // Each of them goes on filling its own list.
  it('a listener a subscription is found', async () => assertLeaks(await checked(name, [String(server.port), '--check', 'leaky']), 'listener', ['array']));
});
