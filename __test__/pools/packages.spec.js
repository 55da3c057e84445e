'use strict';

// Each package that watchPool() knows, as it is published, against real servers: what its pool hands out is seen, and its
// return.

const assert = require('node:assert/strict');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { watchPool } = require('../../js/api/pools');
const { leakline, leaksOf, lineOf, recording, tally } = require('../support/recording');
const { redis, startRedis } = require('../support/service-redis');
const { mariadb, startMariadb } = require('../support/service-mariadb');
const { postgres, startPostgres } = require('../support/service-postgres');

const servers = {
  redis: { ...redis, start: startRedis },
  postgres: { ...postgres, start: startPostgres },
  mariadb: { ...mariadb, start: startMariadb },
};
/** Each is started once, for whoever comes first. */
const started = {};
const startOnce = (name) => (started[name] ??= servers[name]?.start());
after(() => Promise.all(Object.values(started).map(async (server) => (await server)?.stop())));

/** Each loss opens a connection: few are enough. */
const few = { warmup: 1, rounds: 3, iterations: 2, census: false };
const maxHoldMs = 100;
// As with Jest: what a package does is the same on the versions between, and each run takes half a minute.
const isTried = ['20', '24'].includes(process.versions.node.split('.', 1)[0]);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

for (const name of ['generic-pool', 'tarn', 'pg', 'mysql2', 'mysql2-promise', 'ioredis']) {
  const file = path.join(__dirname, '..', 'fixtures', 'pools', `${name}.js`);
  const { label, server, open } = require(file);
  const at = ({ origin, kind }) => kind === 'pool' && origin?.file === file && origin.line === lineOf(file, 'lost');

  describe(name, { skip: isTried ? servers[server]?.reason : 'under Node 20 and 24 only' }, () => {
    let service;
    before(async () => {
      const running = await startOnce(server);
      service = open(running?.options ?? running);
    });
    after(async () => {
      await service?.giveBack();
      await service?.close();
    });

    const watched = async (act, options) => {
      const { unwatch } = watchPool(service.pool, options);
      try {
        return await act();
      } finally {
        await service.giveBack();
        unwatch();
      }
    };
    const lose = () => assert.rejects(service.lose());
    const fixed = () => assert.rejects(service.fixed());

    it('a checkout that is lost on the error path is found by check(), at its line', () => watched(async () => {
      const found = await leaksOf(lose, few);
      const line = lineOf(file, 'lost');
      assert.deepEqual(found.filter(({ kind }) => kind === 'pool'), [{ kind: 'pool', label, line, growth: 'instances', perIteration: 1 }]);
      // What else grows hangs on the connection.
      assert.deepEqual(found.filter((leak) => leak.line !== line), []);
    }));

    it('a checkout that is lost is found without watchPool(), unless pools are switched off', async () => {
      for (const pools of [true, false]) {
        leakline.start({ mode: 'full', pools });
        try {
          const found = (await leaksOf(lose, few)).filter(({ kind }) => kind === 'pool');
          assert.deepEqual(found.map((leak) => [leak.label, leak.line]), pools ? [[label, lineOf(file, 'lost')]] : []);
        } finally {
          leakline.stop();
          await service.giveBack();
        }
      }
    });

    it('is suspect once it is overdue, and returned late when it is returned', () => watched(() => recording(async () => {
      const began = performance.now();
      await lose();
      const young = leakline.snapshot().sites.find(at);
      assert.deepEqual([young.label, young.live], [label, 1]);
      // A machine that stands still meanwhile makes it old.
      if (performance.now() - began < maxHoldMs) assert.equal(young.overdue, 0);
      await sleep(maxHoldMs + 50);
      await fixed();

      const old = leakline.snapshot();
      const site = old.sites.find(at);
      assert.deepEqual([site.live, site.overdue, site.returnedLate, site.verdict], [1, 1, undefined, 'suspect']);
      assert.match(site.evidence, /^1 of 1 held for up to .*, longer than 100 ms$/);

      await service.giveBack();
      const after = leakline.snapshot();
      const returned = after.sites.find(at);
      assert.deepEqual([returned.live, returned.released, returned.overdue, returned.returnedLate], [0, 1, 0, 1]);
      const text = leakline.report(after, { width: 400 });
      const place = path.relative(process.cwd(), file);
      assert.ok(text.includes(`returned late: 1 checkout of ${place}:${lineOf(file, 'lost')} reported earlier was returned.`), text);
    }), { maxHoldMs }));

    it('one that is returned also when its work fails is not found', () => watched(async () => {
      assert.deepEqual(await leaksOf(fixed, few), []);
    }));

    it('counts what is returned in other ways', () => watched(async () => {
      for (const [way, act] of Object.entries(service.others)) {
        const counted = await tally('pool', act);
        assert.match(counted, /^nothing$|^(\d+) registered, \1 released$/, `${way}: ${counted}`);
        const isNotCheckedOut = /^query|^execute|aborted/.test(way);
        assert.equal(counted === 'nothing', isNotCheckedOut, `${way}: ${counted}`);
      }
    }));

    it('has its own methods again afterwards, and had them all the time for who looks', async () => {
      const own = (object) => Object.getOwnPropertyNames(object).toSorted();
      const methods = (object) => ['acquire', 'connect', 'getConnection', 'duplicate', 'release', 'query'].map((key) => object[key]);
      const names = own(service.pool);
      const before = methods(service.pool);
      const listed = Object.keys(service.pool);
      await watched(() => recording(() => {
        assert.deepEqual(Object.keys(service.pool), listed);
        methods(service.pool).forEach((method, i) => {
          assert.deepEqual([method?.name, method?.length], [before[i]?.name, before[i]?.length]);
        });
      }));
      assert.deepEqual(methods(service.pool), before);
      assert.deepEqual(own(service.pool), names);
    });
  });
}
