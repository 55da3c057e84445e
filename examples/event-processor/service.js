'use strict';

// node examples/event-processor/service.js leaky|fixed [seconds]
require('../serve')(__dirname, { everyMs: 30 }); // a client sees 3 orders: about 100 orders a second
