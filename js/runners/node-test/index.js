'use strict';

/**
 * Watches each test: `node --import leakline/node-test --test`, or `require('leakline/node-test')` at the
 * top of a test file.
 */

const { runsTests, startsTests } = require('./process.js');

if (runsTests()) require('./adapter.js').watchProcess(require('node:test'));
else if (startsTests()) require('../core/announce.js').announce(require('../core/config.js').load().config);
