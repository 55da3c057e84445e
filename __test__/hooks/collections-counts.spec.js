'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { leakline, leaksOf, lineOf, recording, tally, turn } = require('../support/recording');

const entries = (count) => Array.from({ length: count }, (_, i) => [i, i]);

for (const name of ['Map', 'Set']) {
  const kind = name.toLowerCase();
  const make = (...args) => new globalThis[name](...args);
  const kept = [];

  // What is made, and what is counted. What is pushed to `kept` lives until leakline has looked.
  const cases = {
    'one that lives': [() => kept.push(make()), '1 registered, 1 live'],
    'one made of an iterable': [() => kept.push(make(entries(3))), '1 registered, 1 live'],
    'a subclass': [() => kept.push(new (class Cache extends globalThis[name] {})()), '1 registered, 1 live'],
    'Reflect.construct with another target': [() => kept.push(Reflect.construct(globalThis[name], [], function Other() {})), '1 registered, 1 live'],
    'by the constructor of another': [() => kept.push(new (make().constructor)()), '2 registered, 1 collected, 1 live'],
    'those that die': [async () => {
      for (let i = 0; i < 50; i++) make(entries(2));
      await turn();
    }, '50 registered, 50 collected'],
    'one that is refused': [() => assert.throws(() => make(7), TypeError), 'nothing'],
    'one that is copied by structuredClone: only the one made here': [() => kept.push(structuredClone(make())), '1 registered, 1 collected'],
  };

  describe(`a ${name} is counted:`, () => {
    for (const [what, [act, expected]] of Object.entries(cases)) {
      it(what, async () => {
        assert.equal(await tally(kind, async () => {
          await act();
          await turn();
        }), expected);
        kept.length = 0;
      });
    }
  });

  describe(`a ${name} is shown`, () => {
    it('with its class as label and its size', async () => {
      class Cache extends globalThis[name] {}
      const { sites } = await recording(() => {
        class Tracked extends globalThis[name] {}
        kept.push(make(entries(3)), new Tracked(entries(5)), new Cache());
      });
      const shown = sites.filter((site) => site.kind === kind).map(({ label, size }) => [label, size.total, size.max]);
      assert.deepEqual(shown.toSorted(), [[name, 3, 3], ['Tracked', 5, 5]].toSorted(), 'Cache extends what it was before the start');
      kept.length = 0;
    });

    it('with the sizes that it has when somebody looks', async () => {
      await recording((look) => {
        const sizes = () => look().sites.find((site) => site.kind === kind).size;
        const growing = Array.from({ length: 3 }, () => make());
        const add = (each, i) => (kind === 'map' ? each.set(i, i) : each.add(i));
        assert.deepEqual(sizes(), { total: 0, max: 0 });
        for (let i = 0; i < 10; i++) add(growing[0], i);
        for (let i = 0; i < 4; i++) add(growing[1], i);
        assert.deepEqual(sizes(), { total: 14, max: 10 });
        growing[0].clear();
        growing[1].delete(0);
        assert.deepEqual(sizes(), { total: 3, max: 3 });
      });
    });

    it('in the list of the largest from minSize on, largest first', async () => {
      const { snapshot } = await recording(() => {
        for (const size of [9, 30, 10, 20]) kept.push(make(entries(size)));
      }, { minSize: 10 });
      const mine = snapshot.collections.filter((each) => each.kind === kind && each.size <= 30);
      assert.deepEqual(mine.map(({ size }) => size), [30, 20, 10]);
      const fingerprints = snapshot.sites.map(({ fingerprint }) => fingerprint);
      assert.ok(mine.every(({ site }) => fingerprints.includes(site)));
      kept.length = 0;
    });
  });

  describe(`check of ${name}s`, () => {
    const registry = make();
    let number = 0;
    const add = (to) => (kind === 'map' ? to.set(number++, 1) : to.add(number++));

    it('finds those that pile up and those that grow, at the lines that made them', async () => {
      let growing;
      const found = await leaksOf(() => {
        growing ??= make(); // here: grows
        add(growing);
        add(growing);
        kept.push(make()); // here: piles up
        make(entries(5));
        add(registry); // made before the start: without a census not seen
      }, { kinds: [kind], rounds: 3, iterations: 4, census: false });
      const line = (mark) => lineOf(__filename, mark);
      assert.deepEqual(found.map((leak) => [leak.growth, leak.perIteration]).toSorted(), [['entries', 2], ['instances', 1]]);
      // All are made by `make`, which is therefore the line that is named; who called it is on the stack.
      const { leaks } = await leakline.check(() => void kept.push(new globalThis[name]()), { rounds: 2, iterations: 2, census: false }); // here: direct
      assert.equal(leaks[0].origin.line, line('direct'));
      kept.length = 0;
    });

    it('finds none in caches that fill once, or stay bounded', async () => {
      const lazy = new Object();
      const result = await leakline.check(() => {
        lazy.cache ??= make(entries(100));
        lazy.bounded ??= make();
        add(lazy.bounded);
        if (lazy.bounded.size > 3) lazy.bounded.delete(lazy.bounded.keys().next().value);
        make(entries(3)).clear();
      }, { rounds: 3 });
      assert.deepEqual(result.leaks, [], result.message);
    });
  });
}
