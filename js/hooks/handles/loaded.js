'use strict';

/**
 * Which of Node's modules the program has loaded: leakline loads none for itself, as each takes milliseconds and
 * hundreds of KiB. One that is loaded is seen within a quarter of a second. Node's channel of `require()` would say so at once,
 * but its frames stand on the stack of whatever a module throws while it has a subscriber.
 */

const { syncBuiltinESMExports } = require('node:module');
const { noteOnce } = require('../../base/internal-errors.js');
const { Map } = require('../../base/originals.js');
const { forEach, slice, startsWith } = require('../../base/primordials.js');

const NATIVE = 'NativeModule ';

/** @param {import('../context.js').Context} context */
function createLoaded(context) {
  /** By name of a module that is not loaded yet: what waits for it. */
  const waiting = new Map();
  let seen = 0;

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
      const name = startsWith(list[seen], NATIVE) ? slice(list[seen], NATIVE.length) : '';
      const acts = waiting.get(name);
      if (acts === undefined) continue;
      waiting.delete(name);
      forEach(acts, (act) => use(name, act));
      isNew = true;
    }
    // Named imports of ES modules are copies, made anew by this.
    if (isNew) syncBuiltinESMExports();
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
    },

    undo() {
      waiting.clear();
    },
  };
}

module.exports = { createLoaded };
