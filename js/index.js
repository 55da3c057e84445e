'use strict';

/** The public api. Nothing native is loaded, and nothing patched, before the first call. */

const { isSandbox, requireMain } = require('./base/realm.js');

// Named as it is where nothing is special: bundlers follow that.
const api = (isSandbox ? requireMain('api/core.js') : require('./api/core.js')).apiFor(globalThis);
const { start, stop, isStarted, snapshot, diff, check, track, report, metrics, registerMetrics, mark, retainers } =
  isSandbox ? require('./api/sandbox.js').inThisRealm(api) : api;

// Named one by one: that is how ES modules find them.
module.exports = { start, stop, isStarted, snapshot, diff, check, track, report, metrics, registerMetrics, mark, retainers };
