'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const path = require('node:path');
const promises = require('node:timers/promises');
const { describe, it } = require('node:test');

const { leakline, recording } = require('../support/recording');
const { inChild } = require('../support/child');

const ours = path.join(__dirname, '..', '..', 'js') + path.sep;

describe("leakline's own", () => {
  it('listeners, timers and Maps are not counted, nor those of its check', async () => {
    const { value } = await inChild('idle.js');
    assert.deepEqual(value.totals, {}, JSON.stringify(value.sites));
    assert.deepEqual(value.sites, []);
    assert.equal(value.registrations, 0);
  });

  it('frames are on no stack', async () => {
    const kept = [];
    const { snapshot } = await recording(async () => {
      const e = new EventEmitter();
      kept.push(e, new Map(), new (class extends Set {})());
      let runs = 0;
      const revived = setTimeout(() => {
        if (++runs === 1) revived.refresh();
        e.once('x', () => e.on('y', () => {})).emit('x');
        kept.push(new Map([[1, new Map()]]), setTimeout(() => {}, 1e6).unref());
      }, 1);
      setImmediate(() => e.prependOnceListener('z', () => {}));
      await promises.setTimeout(20);
      kept.push(leakline.track({}, { kind: 'lease' }));
      // What runs within a call of a patched function.
      e.on('newListener', () => kept.push(new Map())).on('removeListener', () => kept.push(new Set()));
      e.on('w', () => {}).off('w', e.listeners('w')[0]).on('w', () => {}).removeAllListeners('w');
      class Nesting extends Map {
        set(...args) {
          kept.push(new Map());
          return super.set(...args);
        }
      }
      kept.push(new Nesting([[1, 1]]));
    });
    assert.ok(snapshot.sites.length >= 8);
    for (const { label, stack, origin } of snapshot.sites) {
      const frames = stack.concat(origin ?? []).filter(({ file }) => file.startsWith(ours));
      assert.deepEqual(frames, [], label);
    }
  });

  it('functions do not stand for the caller: each stack begins where it was called', async () => {
    const e = new EventEmitter();
    const kept = [];
    const { sites } = await recording(() => (function named() {
      const timers = [setTimeout(() => {}, 1e6), setInterval(() => {}, 1e6)];
      kept.push(new Map(), new Set(), leakline.track(e, { kind: 'lease' }));
      e.on('x', () => {}).prependListener('x', () => {});
      timers.forEach(clearTimeout);
    })());
    assert.equal(sites.length, 7);
    for (const { label, stack, origin } of sites) assert.deepEqual([stack[0].function, origin.function], ['named', 'named'], label);
  });

  it('depth is the one that was asked for', async () => {
    const e = new EventEmitter();
    const nest = (depth) => (depth === 0 ? e.on('x', () => {}) : nest(depth - 1));
    for (const stackDepth of [1, 5, 64]) {
      const { sites } = await recording(() => nest(100), { stackDepth });
      assert.equal(sites[0].stack.length, stackDepth);
    }
  });
});
