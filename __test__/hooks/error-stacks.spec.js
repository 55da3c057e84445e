'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { describe, it } = require('node:test');

const { root, runNode } = require('../support/run');

const fixture = path.join(root, '__test__', 'fixtures', 'error-stacks.js');

async function stacksOf(mode, limit) {
  const { code, stdout, stderr } = await runNode(['--no-warnings', fixture, mode, limit]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

describe("the stacks of the program's own errors are as without leakline", () => {
  for (const limit of ['10', '4', '0', '100']) {
    it(`up to ${limit} frames`, async () => {
      const without = await stacksOf('off', limit);
      for (const mode of ['full', 'adaptive']) {
        const stacks = await stacksOf(mode, limit);
        for (const [call, expected] of Object.entries(without)) assert.deepEqual(stacks[call], expected, `${call}, in mode ${mode}`);
      }
    });
  }

  it('where nobody catches one, Node prints no line of ours', async () => {
    for (const call of ['new Map(5)', "new (require('events'))().on('x', 5)", 'setTimeout(5)', "require('fs').openSync('no such file')"]) {
      const { code, stderr } = await runNode(['-e', `require('leakline').start({ mode: 'full' }); ${call}`]);
      assert.equal(code, 1);
      assert.ok(!stderr.includes('hooks'), stderr);
    }
  });

  it('a function that prepares stacks is called as ever, and a stack of its own is left alone', async () => {
    const program = `
      let calls = 0;
      Error.prepareStackTrace = (error, sites) => { calls++; return { frames: sites.length }; };
      require('leakline').start({ mode: 'full' });
      try { new Map(5); } catch (error) { console.log(typeof error.stack.frames, calls); }`;
    const { stdout, stderr } = await runNode(['-e', program]);
    assert.deepEqual([stdout, stderr], ['number 1\n', '']);
  });

  it('errors that are frozen, or none, go through', async () => {
    const program = `
      require('leakline').start({ mode: 'full' });
      const frozen = Object.freeze(new Error('frozen'));
      for (const thrown of [frozen, 5, null, undefined, 'text', { stack: 7 }, new Proxy(new Error('x'), { get() { throw 1; } })]) {
        const throws = { [Symbol.iterator]() { throw thrown; } };
        let caught;
        try { new Set(throws); } catch (error) { caught = error; }
        console.log(caught === thrown);
      }`;
    const { stdout, stderr } = await runNode(['-e', program]);
    assert.deepEqual([stdout, stderr], ['true\n'.repeat(7), '']);
  });
});

it('getters of _events and of listener are called as often as without leakline', async () => {
  const program = (start) => `
    ${start}
    const { EventEmitter } = require('events');
    let calls = 0;
    for (const own of [true, false]) {
      const emitter = new EventEmitter();
      const events = emitter._events;
      delete emitter._events;
      const getter = { get() { calls++; return events; }, set() {}, configurable: true };
      if (own) Object.defineProperty(emitter, '_events', getter);
      else Object.setPrototypeOf(emitter, Object.create(EventEmitter.prototype, { _events: getter }));
      const fn = () => {};
      emitter.on('a', fn).on('a', fn).off('a', fn).emit('a');
    }
    const plain = new EventEmitter();
    const listener = Object.defineProperty(() => {}, 'listener', { get() { calls++; return 5; } });
    plain.on('a', listener).on('a', listener);
    plain.off('a', () => {}).off('a', listener).off('a', () => {});
    console.log(calls);`;
  const [without, full] = await Promise.all(["", "require('leakline').start({ mode: 'full' });"].map((start) => runNode(['-e', program(start)])));
  assert.deepEqual(full, without);
});
