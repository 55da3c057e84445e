'use strict';

const v8 = require('node:v8');
const vm = require('node:vm');

let collect = null;

/** Collects all garbage, now. Exposes V8's own function for it on the first call. */
function collectGarbage() {
  collect ??= expose();
  collect();
}

function expose() {
  if (typeof globalThis.gc === 'function') return globalThis.gc;
  // Contexts made while the flag is set have `gc`; the program's own does not get it.
  v8.setFlagsFromString('--expose-gc');
  try {
    return vm.runInNewContext('gc');
  } finally {
    v8.setFlagsFromString('--no-expose-gc');
  }
}

module.exports = { collectGarbage };
