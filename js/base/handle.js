'use strict';

/**
 * What ends something when its block is left: `using tracked = leakline.track(…)`. Sandboxes of test runners lack the
 * symbol in Node 20, which has its own in the main realm.
 */

const { mainGlobal } = require('./realm.js');
const { defineProperty } = require('./primordials.js');

const dispose = mainGlobal.Symbol.dispose ?? Symbol.for('Symbol.dispose');

/**
 * @template {string} Name
 * @param {Name} name of its method
 * @param {() => void} end
 * @returns {{ [name in Name]: () => void } & Disposable}
 */
function handleOf(name, end) {
  const handle = { [name]: end };
  // Not listed among its fields.
  defineProperty(handle, dispose, { value: end });
  return handle;
}

module.exports = { handleOf };
