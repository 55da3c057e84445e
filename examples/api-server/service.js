'use strict';

// node examples/api-server/service.js leaky|fixed [seconds]
require('../serve')(__dirname, { everyMs: 150 }); // a round trip is ten requests and a connection: about 60 requests a second
