'use strict';

const path = require('node:path');
const { build } = require('../build');
const workload = require('../workload');

const { startServer } = require(path.join(build(), 'fixed', 'server.js'));

module.exports = workload('api-server/fixed', startServer);
