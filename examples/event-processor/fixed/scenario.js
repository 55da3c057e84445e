'use strict';

const { EventProcessor } = require('./processor');
const workload = require('../workload');

module.exports = workload('event-processor/fixed', EventProcessor);
