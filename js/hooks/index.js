'use strict';

/** The table of hooks: installed in order, put back in reverse. */

const { syncBuiltinESMExports } = require('node:module');
const { noteOnce } = require('../faults.js');

const hooks = [
  { kinds: ['listener'], install: require('./emitter.js').install },
  { kinds: ['timeout', 'interval', 'immediate'], install: require('./timers.js').install },
  { kinds: ['timeout', 'interval', 'immediate'], install: require('./timers-promises.js').install },
  { kinds: ['map', 'set'], install: require('./collections.js').install },
];

/** Every kind that a hook records. */
const hookedKinds = [...new Set(hooks.flatMap((hook) => hook.kinds))];

/**
 * @param {import('../engine.js').Context} context
 * @returns {() => void} puts everything back
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
  return () => {
    for (const restore of installed.reverse()) {
      try {
        restore();
      } catch (error) {
        noteOnce('a hook could not be taken out', error);
      }
    }
    syncBuiltinESMExports();
  };
}

module.exports = { installHooks, hookedKinds };
