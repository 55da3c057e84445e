'use strict';

// The service that the promise is about, as bench/service.js has it. The soak runs it twice, with leakline and without,
// and asks both what they have spent.

const app = require('express')();

app.get('/', (request, response) => {
  const timer = setTimeout(() => response.destroy(), 30_000);
  const seen = new Map([['path', request.path]]);
  response.on('finish', () => clearTimeout(timer));
  response.json({ path: seen.get('path') });
});

const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpuUs: user + system, rss: process.memoryUsage.rss() });
});
process.once('disconnect', () => process.exit());
