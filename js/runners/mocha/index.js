'use strict';

/**
 * Watches each test: `--require leakline/mocha`, or `require: 'leakline/mocha'` in `.mocharc`. A root hook
 * plugin; Mocha asks for the hooks before it loads test files, in each process that runs some.
 */

const { hooks } = require('./adapter.js');

module.exports = { mochaHooks: hooks };
