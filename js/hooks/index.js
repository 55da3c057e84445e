'use strict';

/** The table of hooks: installed in order, put back in reverse. */

const { syncBuiltinESMExports } = require('node:module');
const { noteOnce } = require('../base/internal-errors.js');
const { Set } = require('../base/originals.js');
const { fromLast } = require('../base/primordials.js');

const hooks = [
  { kinds: ['listener'], install: require('./emitter/index.js').install },
  { kinds: ['listener'], install: require('./event-target/index.js').install },
  { kinds: ['timeout', 'interval', 'immediate'], install: require('./timers/index.js').install },
  { kinds: ['timeout', 'interval', 'immediate'], install: require('./timers/promises.js').install },
  { kinds: ['map', 'set'], install: require('./collections/index.js').install },
  { kinds: ['handle'], install: require('./handles/index.js').install },
  { kinds: ['pool'], install: require('./pools/hook.js').install },
];

/** Every kind that a hook records. */
const hookedKinds = [...new Set(hooks.flatMap((hook) => hook.kinds))];

/**
 * @param {import('./context.js').Context} context
 * @returns {Hook}
 */
function installHooks(context) {
  const installed = [];
  for (const hook of hooks) {
    if (!hook.kinds.some((kind) => context.kinds[kind] !== undefined)) continue;
    try {
      installed.push(hook.install(context));
    } catch (error) {
      noteOnce(`not seen: ${hook.kinds.join(', ')}`, error);
    }
  }
  // Named imports of ES modules are copies, made anew by this.
  syncBuiltinESMExports();
  return {
    adopt(realm) {
      const adopted = installed.flatMap((hook) => hook.adopt?.(realm) ?? []);
      return {
        undo: () => fromLast(adopted, ({ undo }) => guarded(undo)),
        renew: () => adopted.forEach(({ renew }) => renew?.()),
      };
    },

    watchOwners: () => installed.forEach((hook) => hook.watchOwners?.()),

    undo() {
      fromLast(installed, ({ undo }) => guarded(undo));
      syncBuiltinESMExports();
    },
  };
}

function guarded(undo) {
  try {
    undo();
  } catch (error) {
    noteOnce('a hook could not be taken out', error);
  }
}

module.exports = { installHooks, hookedKinds };
