'use strict';

/** `leakline/pools`: pools to be watched. Nothing native is loaded, and nothing patched, while leakline is off. */

const { isSandbox, requireMain } = require('../base/realm.js');

// Named as it is where nothing is special: bundlers follow that.
const api = isSandbox ? requireMain('hooks/pools/watch.js') : require('../hooks/pools/watch.js');
const watchPool = isSandbox ? require('./sandbox.js').translating(api.watchPool) : api.watchPool;

module.exports = { watchPool };
