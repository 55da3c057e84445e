'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { leakline, lineOf, recording } = require('../support/recording');

const line = (mark) => lineOf(__filename, mark);
const isWatched = (instance) => ['set', 'add'].some((key) => Object.hasOwn(instance, key));

/** Looks after which nothing that does not grow is watched, whatever it did before. */
const LONG = 700;

/** What a value says of who fills: the line, its share, and how many left. */
const filled = ({ topInserter, removedEntries }) => [topInserter?.stack[0]?.line, topInserter?.share, removedEntries];

for (const [name, put] of [['Map', (map, n) => map.set(n, n)], ['Set', (set, n) => set.add(n)]]) {
  const kind = name.toLowerCase();
  const make = () => new globalThis[name]();
  let n = 0;
  const some = (count, to) => {
    for (let i = 0; i < count; i++) put(to, n++);
  };
  const mine = ({ snapshot, sites }) => [sites.find((site) => site.kind === kind), snapshot.collections.find(({ site }) => sites.some(({ fingerprint }) => fingerprint === site))];

  describe(`a ${name} that grows is watched`, () => {
    it('from minSize on, and shows who fills it and that nothing leaves', async () => {
      const result = await recording((look) => {
        const growing = make();
        some(20, growing);
        look();
        assert.equal(isWatched(growing), false, 'large, but it may have been built once');
        some(1, growing);
        look();
        assert.equal(isWatched(growing), true);
        for (let i = 0; i < 30; i++) growing[kind === 'map' ? 'set' : 'add'](n++, 1); // here: fills
        return growing;
      }, { minSize: 10 });
      const [site, collection] = mine(result);
      assert.deepEqual(filled(site), [line('fills'), 1, 0]);
      assert.deepEqual(filled(collection), [line('fills'), 1, 0]);
      assert.match(site.evidence, /no entry was ever deleted/);
      assert.ok(result.sites.every(({ registered }) => registered > 0), 'what only fills is no site of its own');
      assert.equal(isWatched(result.result), false, 'not after the stop');
    });

    it('when it is small and has grown in three looks', async () => {
      await recording((look) => {
        const growing = make();
        look();
        for (const expected of [false, false, true]) {
          some(3, growing);
          look();
          assert.equal(isWatched(growing), expected);
        }
      });
    });

    it('until it has not grown for long, and again when it grows again', async () => {
      await recording((look) => {
        const growing = make();
        look();
        for (let i = 0; i < 3; i++) some(5, growing), look();
        assert.equal(isWatched(growing), true);
        for (let i = 0; i < LONG; i++) leakline.snapshot();
        assert.equal(isWatched(growing), false);
        some(5, growing);
        look();
        assert.equal(isWatched(growing), true);
      });
    });

    it('in adaptive mode too, never in counts mode', async () => {
      for (const [mode, expected] of [['adaptive', true], ['counts', false]]) {
        await recording((look) => {
          const growing = make();
          look();
          for (let i = 0; i < 4; i++) some(5, growing), look();
          assert.equal(isWatched(growing), expected, mode);
          const [site] = mine(look());
          if (expected) assert.ok(site.topInserter.stack.length > 0 && site.removedEntries === 0);
        }, { mode });
      }
    });

    it('by several, the most diligent is named with its share, and what leaves is counted', async () => {
      const result = await recording((look) => {
        const growing = make();
        look();
        for (let i = 0; i < 3; i++) some(5, growing), look();
        const add = kind === 'map' ? 'set' : 'add';
        for (let i = 0; i < 4; i++) growing[add](n++, 1);
        for (let i = 0; i < 12; i++) growing[add](n++, 1); // here: most
        growing.delete(n - 1);
        growing.delete(n - 2);
        return growing;
      });
      const [site] = mine(result);
      assert.deepEqual(filled(site), [line('most'), 0.75, 2]);
      assert.match(site.evidence, /entries come and go/);
    });
  });

  describe(`a ${name} is left alone`, () => {
    // Each is called once for each look. After all of them nothing may be watched.
    const steady = {
      'that was built once': (table, i) => i === 0 && some(5_000, table),
      'that is bounded and full': (cache) => {
        some(150, cache);
        for (const [key] of cache.entries()) if (cache.size > 100) cache.delete(key);
      },
      'that swings': (swinging, i) => {
        some(100 + (i * 37) % 100, swinging);
        if (i % 2 === 1) swinging.clear();
      },
      'whose entries are replaced': (same) => {
        for (let i = 0; i < 50; i++) put(same, i);
      },
    };
    for (const [what, act] of Object.entries(steady)) {
      it(what, async () => {
        await recording((look) => {
          const instance = make();
          for (let i = 0; i < LONG; i++) {
            act(instance, i);
            leakline.snapshot();
          }
          assert.equal(isWatched(instance), false);
          assert.ok(look().sites.filter((site) => site.kind === kind).every(({ verdict }) => verdict !== 'leak'));
        }, { minSize: 50 });
      });
    }
  });

  describe(`check of a ${name}`, () => {
    const add = kind === 'map' ? 'set' : 'add';

    it('names the line that fills it, not what filled it before', async () => {
      const result = await recording(async (look) => {
        const growing = make();
        look();
        for (let i = 0; i < 9; i++) some(500, growing), look();
        assert.equal(isWatched(growing), true);
        const checked = await leakline.check(() => {
          growing[add](n++, 1); // here: checked
        }, { rounds: 3, iterations: 4, kinds: [kind] });
        assert.equal(growing.size, 9 * 500 + 5 + 12, 'nothing is put in but by the program');
        return checked;
      });
      const [leak] = result.result.leaks;
      assert.deepEqual([leak.growth, leak.perIteration, ...filled(leak)], ['entries', 1, line('checked'), 1, 0]);
      assert.match(result.result.message, /never deleted from/);
      assert.match(result.result.message, /inserted at {2}.*collections-inserters\.spec\.js:\d+:\d+.* {3}\(100 % of inserts\)/);
      assert.match(result.result.message, new RegExp(`from collections-inserters\\.spec\\.js:${line('checked')}`));
    });

    it('that was empty before, and by two rounds only', async () => {
      await recording(async () => {
        const growing = make();
        const { leaks } = await leakline.check(() => {
          growing[add](n++, 1); // here: few
        }, { warmup: 0, rounds: 2, iterations: 1, kinds: [kind] });
        assert.deepEqual(leaks.map((leak) => [leak.growth, ...filled(leak)]), [['entries', line('few'), 1, 0]]);
      });
    });

    it('counts what leaves it as well', async () => {
      await recording(async () => {
        const growing = make();
        const { leaks, message } = await leakline.check(() => {
          for (let i = 0; i < 3; i++) growing[add](n++, 1); // here: more
          growing.delete(n - 1);
        }, { rounds: 3, iterations: 5, kinds: [kind] });
        const [lineOfMost, share, removedEntries] = filled(leaks[0]);
        assert.deepEqual([lineOfMost, share], [line('more'), 1]);
        assert.ok(removedEntries >= 5 && removedEntries <= 16, `${removedEntries} of two or three rounds`);
        assert.doesNotMatch(message, /never deleted/);
      });
    });

    it('finds none in one that is made in each call', async () => {
      const { leaks } = await leakline.check(() => {
        some(50, make());
      }, { rounds: 3, kinds: [kind] });
      assert.deepEqual(leaks, []);
    });
  });
}
