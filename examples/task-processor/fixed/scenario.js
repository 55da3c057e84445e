'use strict';

const { TaskProcessor } = require('./processor');
const workload = require('../workload');

module.exports = workload('task-processor/fixed', TaskProcessor);
