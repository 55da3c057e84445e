'use strict';

/**
 * Entries of the performance timeline, which Node keeps until they are cleared: marks and measures. And observers of it, which Node
 * holds from `observe()` to `disconnect()`.
 */

const { Map } = require('../../base/originals.js');
const { forEach } = require('../../base/primordials.js');
const { PrivateField } = require('./registrations.js');
const { createPatches, returning, closing } = require('./patches.js');

const { getPrototypeOf } = Object;

/** Entries known by name; of further ones nothing is recorded, as these say enough. */
const MAX_ENTRIES = 20_000;

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 * @param {ReturnType<typeof import('./loaded.js').createLoaded>} loaded
 */
function install(context, registrations, loaded) {
  const patches = createPatches();
  const timelines = [];

  /** Entries of one type, by name as Node has them. */
  function timeline(prototype, method, clear, label) {
    const open = new Map();
    let count = 0;
    const end = (entries) => {
      count -= entries.length;
      forEach(entries, (life) => life.end());
    };
    timelines[timelines.length] = open;
    patches.wrap(prototype, method, returning((entry, hook) => {
      if (count >= MAX_ENTRIES) return;
      const { name } = entry;
      const life = registrations.open(label, hook);
      count++;
      const entries = open.get(name);
      if (entries === undefined) open.set(name, [life]);
      else entries[entries.length] = life;
    }));
    patches.wrap(prototype, clear, closing((_, name) => {
      if (name === undefined) {
        open.forEach(end);
        open.clear();
      } else if (typeof name !== 'object' && typeof name !== 'function') {
        // As Node has read it.
        const entries = open.get(`${name}`);
        if (entries !== undefined) end(entries);
        open.delete(`${name}`);
      }
    }));
  }

  function observed(observer, hook) {
    if (PrivateField.of(observer) !== null) return;
    const life = registrations.open('PerformanceObserver', hook);
    PrivateField.set(observer, life);
    registrations.watch(life, observer, () => false, 'collect');
  }

  loaded.when('perf_hooks', ({ performance, PerformanceObserver: { prototype } }) => {
    const ofPerformance = getPrototypeOf(performance);
    timeline(ofPerformance, 'mark', 'clearMarks', 'performance mark');
    timeline(ofPerformance, 'measure', 'clearMeasures', 'performance measure');
    patches.wrap(prototype, 'observe', (patch) => closing((observer) => observed(observer, patch.wrapper))(patch));
    patches.wrap(prototype, 'disconnect', closing((observer) => PrivateField.of(observer)?.end()));
  });

  return {
    undo() {
      patches.undo();
      forEach(timelines, (open) => open.clear());
    },
  };
}

module.exports = { install };
