'use strict';

// node examples/task-processor/service.js leaky|fixed [seconds]
require('../serve')(__dirname, { everyMs: 80 }); // a round trip is 8 tasks: about 100 tasks a second
