'use strict';

// node examples/redis-cache/service.js leaky|fixed [seconds]
require('../serve')(__dirname, { everyMs: 200 }); // a round trip is a handful of requests: about 25 a second
