'use strict';

// Programs that the fuzz found to fail, cut down, each under what was wrong. They are run first.

module.exports = {};
