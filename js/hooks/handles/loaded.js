'use strict';

/**
 * Which of Node's modules the program has loaded: leakline loads none for itself, as each takes milliseconds and
 * hundreds of KiB. From Node 22 on `require()` of one is seen at once, otherwise within a quarter of a second.
 */

const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { syncBuiltinESMExports } = require('node:module');
const { noteOnce } = require('../../base/internal-errors.js');
const { Map } = require('../../base/originals.js');

const CHANNEL = 'tracing:module.require:end';

/** @param {import('../context.js').Context} context */
function createLoaded(context) {
  /** By name of a module that is not loaded yet: what waits for it. */
  const waiting = new Map();
  let seen = 0;
  let isSubscribed = false;

  function use(name, act) {
    try {
      act(require(`node:${name}`));
    } catch (error) {
      noteOnce(`not seen: handles (${name})`, error);
    }
  }

  function look() {
    const list = process.moduleLoadList ?? [];
    let isNew = false;
    for (; seen < list.length; seen++) {
      const name = list[seen].startsWith('NativeModule ') ? list[seen].slice('NativeModule '.length) : '';
      const acts = waiting.get(name);
      if (acts === undefined) continue;
      waiting.delete(name);
      acts.forEach((act) => use(name, act));
      isNew = true;
    }
    // Named imports of ES modules are copies, made anew by this.
    if (isNew) syncBuiltinESMExports();
    if (isNew && waiting.size === 0) unsubscribeOnce();
  }

  function subscribeOnce() {
    if (isSubscribed) return;
    isSubscribed = true;
    subscribe(CHANNEL, look);
  }

  function unsubscribeOnce() {
    if (!isSubscribed) return;
    isSubscribed = false;
    unsubscribe(CHANNEL, look);
  }

  context.onLook(look);
  context.onTick(look);
  return {
    /**
     * Calls `act` with what a module exports once it is loaded; now if it is.
     * @param {string} name without `node:`
     * @param {(exported: any) => void} act
     */
    when(name, act) {
      if (process.moduleLoadList?.includes(`NativeModule ${name}`)) return use(name, act);
      if (waiting.has(name)) waiting.get(name).push(act);
      else waiting.set(name, [act]);
      subscribeOnce();
    },

    undo() {
      unsubscribeOnce();
      waiting.clear();
    },
  };
}

module.exports = { createLoaded };
