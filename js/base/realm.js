'use strict';

/**
 * The realm that this load of leakline is in. A test runner's sandbox has intrinsics and a module
 * registry of its own and throws both away after each test file: what lasts lives in the main realm.
 */

const path = require('node:path');
const vm = require('node:vm');

/** Scripts of `vm.runInThisContext` run in the main realm, wherever they are called from. */
const mainGlobal = vm.runInThisContext('globalThis');

/** True in a sandbox. */
const isSandbox = mainGlobal !== globalThis;

/**
 * Requires a file of leakline in the main realm, where every sandbox of this thread gets the same.
 * @param {string} file relative to `js/`
 */
function requireMain(file) {
  const whole = path.join(__dirname, '..', file);
  return (isSandbox ? mainRequire() : require)(whole);
}

function mainRequire() {
  const makers = [
    () => mainGlobal.process.getBuiltinModule('node:module').createRequire,
    // Node before 20.16 and 22.3: through the main program, or what the sandbox has for a Module.
    () => mainGlobal.process.mainModule.constructor.createRequire,
    () => Object.getPrototypeOf(require('node:module')).createRequire,
  ];
  for (const make of makers) {
    try {
      return make()(__filename);
    } catch {
      // The next one then.
    }
  }
  // It works, but lives no longer than the sandbox.
  return require;
}

module.exports = { isSandbox, mainGlobal, requireMain };
