'use strict';

const { CacheManager } = require('./cache-manager');
const { Invalidation } = require('./invalidation');
const { OutOfStockError, Stock } = require('./stock');
const workload = require('../workload');

module.exports = workload('redis-cache/fixed', { CacheManager, Invalidation, OutOfStockError, Stock });
