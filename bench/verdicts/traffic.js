'use strict';

// Requests over HTTP that leak nothing, so many a second, from the same process.

const { EventEmitter } = require('node:events');
const http = require('node:http');
const { repeatedly } = require('./pace');

/** More are never under way: where the machine is too busy, those that wait would pile up indeed. */
const MOST_AT_ONCE = 32;
/** A request's timeout, which its answer clears. */
const DEADLINE_MS = 30_000;

/** @returns {Promise<{ stop(): Promise<void>, count(): number }>} */
async function startTraffic(perSecond) {
  let requests = 0;
  let underWay = 0;
  const server = http.createServer((request, response) => {
    requests++;
    answer(request, response);
  });
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  const stopAsking = repeatedly(perSecond, () => {
    if (underWay >= MOST_AT_ONCE) return;
    underWay++;
    const request = http.get({ host: '127.0.0.1', port, agent, path: '/' }, (response) => response.resume());
    request.on('error', () => {}).once('close', () => underWay--);
  });
  return {
    count: () => requests,
    async stop() {
      stopAsking();
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** What a request takes, and gives back. */
function answer(request, response) {
  const scope = new EventEmitter();
  const seen = new Map([['path', request.url]]);
  const deadline = setTimeout(() => response.destroy(), DEADLINE_MS);
  const { signal } = new AbortController();
  signal.addEventListener('abort', () => seen.clear());
  scope.on('done', () => seen.get('path')).once('error', () => scope);
  request.on('error', () => scope.emit('error'));
  setTimeout(() => {
    clearTimeout(deadline);
    scope.emit('done');
    response.end('ok');
  }, 1 + Math.random() * 20);
}

module.exports = { startTraffic };
