'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const { describe, it } = require('node:test');

const { recording, turn } = require('../support/recording');
const { areCollected } = require('../support/garbage');

const f = () => {};

describe('an emitter that dies', () => {
  it('takes its listeners along: they are collected, not live and not released', async () => {
    const { counts } = await recording(async () => {
      for (let i = 0; i < 100; i++) new EventEmitter().on('x', f).once('x', f).on('y', f).off('y', f);
      await turn();
    });
    assert.deepEqual(counts.listener, { registered: 300, released: 100, collected: 200, live: 0 });
  });

  it('does not take those of another one along', async () => {
    const kept = new EventEmitter();
    const { counts } = await recording(async () => {
      kept.on('x', f);
      for (let i = 0; i < 100; i++) new EventEmitter().on('x', f);
      await turn();
    });
    assert.deepEqual(counts.listener, { registered: 101, released: 0, collected: 100, live: 1 });
    assert.equal(kept.listenerCount('x'), 1);
  });

  it('dies though its listeners hold it', async () => {
    const { counts } = await recording(async () => {
      const e = new EventEmitter();
      e.on('x', () => e.emit('y'));
      await turn();
    });
    // The one of the function that has just ended may still be on the stack, hence many.
    assert.equal(counts.listener.registered, 1);
    const many = await recording(async () => {
      for (let i = 0; i < 100; i++) {
        const e = new EventEmitter();
        e.on('x', () => e.emit('y'));
      }
      await turn();
    });
    assert.equal(many.counts.listener.collected, 100);
  });

  it('is not kept, nor is a listener that was removed', async () => {
    const refs = [];
    await recording(async () => {
      const kept = new EventEmitter();
      (() => {
        const e = new EventEmitter();
        const removed = () => {};
        const ran = () => {};
        e.on('x', () => {});
        kept.on('x', removed).off('x', removed).once('x', ran).emit('x');
        refs.push(new WeakRef(e), new WeakRef(e.listeners('x')[0]), new WeakRef(removed), new WeakRef(ran));
      })();
      assert.ok(await areCollected(...refs));
      assert.ok(kept);
    });
  });
});
