'use strict';

// Requests that leave nothing, beside a bounded cache that is full within seconds and evicts from then on.

const http = require('node:http');
const { EventEmitter } = require('node:events');
const { repeatedly } = require('../verdicts/pace');

/** More are never under way: where the machine is too busy, those that wait would pile up indeed. */
const MOST_AT_ONCE = 16;
const CACHE_SIZE = 100;
const ROWS = 30;

const cache = new Map();
const recent = [];
let answered = 0;

/** @returns {Promise<{ stop(): void, count(): number }>} */
async function startChurn(perSecond) {
  const server = http.createServer(answer);
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address();
  const agent = new http.Agent({ keepAlive: true, maxSockets: MOST_AT_ONCE });
  let underWay = 0;
  const stop = repeatedly(perSecond, () => {
    if (underWay >= MOST_AT_ONCE) return;
    underWay++;
    const request = http.get({ host: '127.0.0.1', port, agent, path: `/orders/${answered}` }, (response) => response.resume());
    request.on('error', () => {}).once('close', () => underWay--);
  });
  return { stop, count: () => answered };
}

function answer(request, response) {
  const order = { id: answered++, url: request.url, rows: rowsOf(answered), body: Buffer.alloc(6_000) };
  const scope = new EventEmitter();
  scope.once('done', () => response.end(JSON.stringify(order.rows)));
  remember(order);
  setTimeout(() => scope.emit('done'), 1 + Math.random() * 20);
}

function rowsOf(id) {
  return Array.from({ length: ROWS }, (_, i) => ({ i, text: `row ${i} of ${id}`, price: i * 1.5 }));
}

/** What is older is evicted. */
function remember(order) {
  cache.set(order.url, order);
  if (cache.size > CACHE_SIZE) cache.delete(cache.keys().next().value);
  recent.push(order.rows[0]);
  if (recent.length > CACHE_SIZE) recent.shift();
}

module.exports = { startChurn };
