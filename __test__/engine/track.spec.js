'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { leakline, leaksOf, lineOf, recording, tally, turn } = require('../support/recording');
const { inChild } = require('../support/child');

const kind = 'lease';
const kept = [];
const lease = (label) => {
  const resource = {};
  kept.push(resource);
  return leakline.track(resource, { kind, label });
};

const cases = {
  'one that is held': [() => void lease(), '1 registered, 1 live'],
  'one that is released': [() => lease().release(), '1 registered, 1 released'],
  'one that is released twice': [() => {
    const tracked = lease();
    tracked.release();
    tracked.release();
  }, '1 registered, 1 released'],
  'release without this': [() => {
    const { release } = lease();
    release();
  }, '1 registered, 1 released'],
  'a function as resource': [() => leakline.track(() => {}, { kind }).release(), '1 registered, 1 released'],
  'the same resource twice': [() => {
    const resource = {};
    kept.push(resource);
    const [first] = [leakline.track(resource, { kind }), leakline.track(resource, { kind })];
    first.release();
  }, '2 registered, 1 released, 1 live'],
  'those that die': [async () => {
    for (let i = 0; i < 50; i++) leakline.track({}, { kind });
    await turn();
  }, '50 registered, 50 collected'],
  'those that die after their release': [async () => {
    for (let i = 0; i < 50; i++) leakline.track({}, { kind }).release();
    await turn();
  }, '50 registered, 50 released'],
  'those of which only the handle is kept': [async () => {
    for (let i = 0; i < 50; i++) kept.push(leakline.track({}, { kind }));
    await turn();
  }, '50 registered, 50 collected'],
  'one that is frozen': [() => leakline.track(Object.freeze({}), { kind }).release(), '1 registered, 1 released'],
  'a Proxy': [() => leakline.track(new Proxy({}, {}), { kind }).release(), '1 registered, 1 released'],
};

describe('track() counts', () => {
  for (const [what, [act, expected]] of Object.entries(cases)) {
    it(what, async () => {
      assert.equal(await tally(kind, async () => {
        await act();
        await turn();
      }), expected);
      kept.length = 0;
    });
  }

  it('nothing of a kind that start() left out', async () => {
    const { counts } = await recording(() => lease().release(), { kinds: ['listener'] });
    assert.deepEqual(counts, {});
  });

  it('under a kind of its own, where start() names it', async () => {
    const { counts } = await recording(() => void lease(), { kinds: [kind] });
    assert.deepEqual(Object.keys(counts), [kind]);
  });

  it('nothing after stop(), and a release then does no harm', async () => {
    const { result } = await recording(() => lease());
    result.release();
    const { counts } = await recording(() => result.release());
    assert.deepEqual(counts, {});
  });
});

describe('track()', () => {
  it('shows the label, or else the kind', async () => {
    const { sites } = await recording(() => {
      lease('db-1'); // here: labelled
      lease();
    });
    assert.deepEqual(sites.map(({ label }) => label).toSorted(), ['db-1', kind]);
    kept.length = 0;
  });

  it('is suspect when it is overdue, and returned late when it is released', async () => {
    await recording(async () => {
      const resources = [{}, {}];
      const [first] = resources.map((resource) => leakline.track(resource, { kind, maxHoldMs: 20 }));
      leakline.snapshot(); // they count from when the collector has seen them
      await new Promise((resolve) => setTimeout(resolve, 40));
      const reported = () => {
        const { overdue, returnedLate, verdict } = leakline.snapshot().sites.find((site) => site.kind === kind);
        return { overdue, returnedLate, verdict };
      };
      assert.deepEqual(reported(), { overdue: 2, returnedLate: undefined, verdict: 'suspect' });
      first.release();
      assert.deepEqual(reported(), { overdue: 1, returnedLate: 1, verdict: 'suspect' });
      kept.push(resources);
    });
    kept.length = 0;
  });

  it('is found by check(), at its line', async () => {
    const found = await leaksOf(() => {
      const resource = {};
      kept.push(resource);
      leakline.track(resource, { kind }); // here: leaks
      leakline.track(resource, { kind }).release();
    }, { rounds: 2, iterations: 3, census: false });
    assert.deepEqual(found, [{ kind, label: kind, line: lineOf(__filename, 'leaks'), growth: 'instances', perIteration: 1 }]);
    kept.length = 0;
  });

  const wrong = [
    [], [undefined, { kind }], [null, { kind }], ['text', { kind }], [1, { kind }], [Symbol('x'), { kind }], [{}], [{}, null], [{}, {}],
    [{}, { kind: '' }], [{}, { kind: 1 }], [{}, { kind, label: 1 }], [{}, { kind, maxHoldMs: 0 }], [{}, { kind, maxHoldMs: 1.5 }], [{}, { kind, maxHoldMs: 2 ** 31 }], [{}, { kind, label: null }], [{}, { kind: 'x'.repeat(65) }], [{}, 'lease'],
  ];
  for (const args of wrong) {
    it(`refuses ${args.map((each) => (typeof each === 'object' ? JSON.stringify(each) : String(each))).join(', ') || 'no argument'}`, async () => {
      await recording(() => assert.throws(() => leakline.track(...args), { code: 'ERR_LEAKLINE_OPTION' }));
    });
  }

  it('refuses more than 64 kinds in a process, and goes on with those it knows', async () => {
    const { value } = await inChild('many-kinds.js');
    assert.deepEqual(value, { taken: 64, code: 'ERR_LEAKLINE_OPTION', live: 65 });
  });
});
