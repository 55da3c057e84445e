'use strict';

// What start(), track() and watchPool() return ends what they began, by name and by `using`.

const assert = require('node:assert/strict');
const { afterEach, describe, it } = require('node:test');
const vm = require('node:vm');

const { leakline } = require('./support/recording');
const { watchPool } = require('../js/api/pools');
const { runNode } = require('./support/run');

const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

afterEach(() => leakline.stop());

describe('the handle of start()', () => {
  for (const [name, end] of Object.entries({ 'stop()': (handle) => handle.stop(), 'Symbol.dispose': (handle) => handle[dispose]() })) {
    it(`${name} ends the recording`, () => {
      const handle = leakline.start();
      assert.deepEqual(Object.keys(handle), ['stop']);
      end(handle);
      assert.equal(leakline.isStarted(), false);
      end(handle);
    });
  }

  it('of a second start ends nothing: the first began it', () => {
    const [first, second] = [leakline.start(), leakline.start()];
    second.stop();
    assert.equal(leakline.isStarted(), true);
    first.stop();
    assert.equal(leakline.isStarted(), false);
  });

  it('of a recording that has ended does not end the next', () => {
    const first = leakline.start();
    leakline.stop();
    leakline.start();
    first.stop();
    assert.equal(leakline.isStarted(), true);
  });
});

describe('the handle of track()', () => {
  it('ends the resource', () => {
    leakline.start({ mode: 'full' });
    const tracked = leakline.track({}, { kind: 'lease' });
    tracked[dispose]();
    tracked[dispose]();
    const { live, released } = leakline.snapshot().totals.lease;
    assert.deepEqual([live, released], [0, 1]);
  });

  it('has a symbol also where its kind is not recorded', () => {
    leakline.start({ kinds: ['map'] });
    leakline.track({}, { kind: 'lease' })[dispose]();
  });
});

describe('the handle of watchPool()', () => {
  it('ends the watch', () => {
    const pool = { acquire() {}, release() {}, destroy() {}, use() {}, drain() {}, clear() {}, borrowed: 0 };
    const watch = watchPool(pool);
    watch.unwatch();
    watch[dispose]();
    assert.ok(Object.getOwnPropertySymbols(watch).includes(dispose));
  });
});

describe('isStarted()', () => {
  it('is false where no addon can be loaded, and does not throw', async () => {
    const program = "require('node:module')._extensions['.node'] = () => { throw new Error('broken'); }; console.log(require('./js').isStarted());";
    const { stdout, stderr } = await runNode(['-e', program], { cwd: require('./support/run').root });
    assert.equal(stdout, 'false\n', stderr);
  });
});

describe('in a sandbox', () => {
  it('handles end what they began', () => {
    const context = vm.createContext({ require, console });
    const run = vm.runInContext("(leakline, dispose) => { const r = leakline.start(); const t = leakline.track({}, { kind: 'lease' }); t.release(); r[dispose](); return leakline.isStarted(); }", context);
    assert.equal(run(leakline, dispose), false);
  });
});
