'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { leakline } = require('../support/recording');
const { placesNow } = require('../support/reflection');

const originals = placesNow();
const changed = () => [...placesNow()].filter(([name, now]) => now?.value !== originals.get(name)?.value).map(([name]) => name);

/** What each kind patches, as `Timeout.prototype.refresh` and so on, by a pattern. */
const patchedBy = {
  listener: /^EventEmitter\./,
  timeout: /[sS]etTimeout$|clear(Timeout|Interval)$|^Timeout\.|scheduler\.wait/,
  interval: /setInterval|clear(Timeout|Interval)$|^Timeout\.prototype\.(close|Symbol)/,
  immediate: /Immediate/,
  map: /Map/,
  set: /\bSet\b/,
};

describe('stop()', () => {
  it('puts back every function, with its descriptor', () => {
    leakline.start({ mode: 'full' });
    assert.ok(changed().length > 25, `only ${changed().length} were patched`);
    leakline.stop();
    const now = placesNow();
    for (const [name, descriptor] of originals) assert.deepEqual(now.get(name), descriptor, name);
  });

  it('puts back the order of keys', () => {
    const keys = () => [globalThis, require('node:timers'), require('node:events').prototype, Map.prototype].map((each) => Reflect.ownKeys(each));
    const before = keys();
    leakline.start({ mode: 'full' });
    const during = keys();
    leakline.stop();
    assert.deepEqual(during, before);
    assert.deepEqual(keys(), before);
  });

  it('does nothing when it is not started, and may be called again', () => {
    leakline.stop();
    leakline.start();
    leakline.stop();
    leakline.stop();
    assert.deepEqual(changed(), []);
  });

  for (const mode of ['counts', 'adaptive', 'full']) {
    it(`puts back what ${mode} mode patched`, () => {
      leakline.start({ mode });
      assert.ok(changed().length > 25);
      leakline.stop();
      assert.deepEqual(changed(), []);
    });
  }

  for (const [kind, pattern] of Object.entries(patchedBy)) {
    it(`is reported only of what the kind '${kind}' needs`, () => {
      leakline.start({ mode: 'full', kinds: [kind] });
      const patched = changed();
      leakline.stop();
      assert.ok(patched.length > 1);
      assert.deepEqual(patched.filter((name) => !pattern.test(name)), []);
      assert.deepEqual(changed(), []);
    });
  }
});

describe('isStarted()', () => {
  it('is true between start() and stop()', () => {
    assert.equal(leakline.isStarted(), false);
    leakline.start({ mode: 'full' });
    assert.equal(leakline.isStarted(), true);
    leakline.stop();
    assert.equal(leakline.isStarted(), false);
  });

  it('patches nothing', () => {
    leakline.isStarted();
    assert.deepEqual(changed(), []);
  });
});
