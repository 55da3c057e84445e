'use strict';

// One service, named on the command line: answers with what it has used of the machine since its start.

const { reply } = require('../support/processes');
const { services } = require('./services');

services[process.argv[2]]().then((port) => {
  reply({ port }, () => {
    const { user, system } = process.cpuUsage();
    return { cpu: user + system, rss: process.memoryUsage.rss() };
  });
});
