'use strict';

/**
 * Listeners on EventEmitters: the methods that add and remove them. `once` and `prependOnceListener` call `on` and
 * `prependListener` on their emitter, and a once-listener that ran leaves through `removeListener`, so those are not patched.
 */

const { EventEmitter } = require('node:events');
// The global is an accessor, which costs more than all that is compared with it.
const process = require('node:process');
const { apply } = require('../../base/originals.js');
const { fromLast } = require('../../base/primordials.js');
const { noteOnce, pendingErrors, MAX_PENDING } = require('../../base/internal-errors.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { wrapEach, heal } = require('../wrap.js');
const { createCreationWindows } = require('../creation-windows.js');
const { createListeners, isObject } = require('./listeners.js');

/**
 * @param {import('../context.js').Context} context
 * @returns {import('../context.js').Hook}
 */
function install(context) {
  const { windows } = context;
  const creations = createCreationWindows(context);
  const { added, removing, removedAll, resyncAll, show, end } = createListeners(context, creations);
  context.onShow(show);
  let isWatchingOwners = false;

  function hookAdding(first) {
    return (patch) =>
      function on(type, _listener) {
        // Who has no listeners yet and was not seen being made may have been made just now.
        if ((windows.current !== 0 || windows.isRunning) && patch.active) sawUncreated(this);
        let result;
        try {
          result = apply(patch.original, this, arguments);
        } catch (error) {
          throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
        }
        if (patch.active) {
          try {
            // Once the original has returned the listener is in, whatever 'newListener' did meanwhile.
            added(this, type, first, patch.wrapper);
            if (this === process) context.processListens(type);
          } catch (error) {
            if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: `a listener was not recorded`, error };
          }
        } else heal(patch);
        return result;
      };
  }

  function sawUncreated(emitter) {
    try {
      if (emitter._events === undefined) creations.firstListener(emitter);
    } catch (error) {
      if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: `an emitter's age was not recorded`, error };
    }
  }

  /** `EventEmitter.init()` is what every constructor calls. */
  function hookInit(patch) {
    return function init(_options) {
      let result;
      try {
        result = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (!patch.active) heal(patch);
      else if (windows.current !== 0 || windows.isRunning) {
        try {
          creations.created(this);
        } catch (error) {
          if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: `an emitter's age was not recorded`, error };
        }
      }
      return result;
    };
  }

  function hookRemoving(patch) {
    return function removeListener(type, listener) {
      // Before the original: it emits 'removeListener' when the listener is out already.
      if (!patch.active) heal(patch);
      else {
        try {
          removing(this, type, listener);
        } catch (error) {
          if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: `a listener's removal was not recorded`, error };
        }
      }
      let result;
      try {
        result = apply(patch.original, this, arguments);
      } catch (error) {
        // Also when a listener of 'removeListener' has thrown: by then it is out.
        if (patch.active) removed(this, type);
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if ((this === process || isObject(type)) && patch.active) removed(this, type);
      return result;
    };
  }

  /** What is known only after a removal. */
  function removed(emitter, type) {
    if (isObject(type)) guardedResync(emitter);
    if (emitter === process) context.processListens(type);
  }

  function guardedResync(emitter) {
    try {
      resyncAll(emitter);
    } catch (error) {
      if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: `a listener's removal was not recorded`, error };
    }
  }

  function hookRemovingAll(patch) {
    return function removeAllListeners(type) {
      let result;
      try {
        result = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (patch.active) {
        try {
          removedAll(this, type, arguments.length === 0);
        } catch (error) {
          if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: `a listener's removal was not recorded`, error };
        }
      } else heal(patch);
      return result;
    };
  }

  const patches = [
    [['addListener', 'on'], hookAdding(false)],
    [['prependListener'], hookAdding(true)],
    [['removeListener', 'off'], hookRemoving],
    [['removeAllListeners'], hookRemovingAll],
  ].flatMap(([keys, make]) => wrapEach([EventEmitter.prototype], keys, make));
  return {
    watchOwners() {
      if (isWatchingOwners) return;
      isWatchingOwners = true;
      try {
        patches.push(...wrapEach([EventEmitter], ['init'], hookInit));
      } catch (error) {
        noteOnce('not seen: when emitters are made', error);
      }
    },

    undo() {
      end();
      fromLast(patches, (patch) => patch.undo());
    },
  };
}

module.exports = { install };
