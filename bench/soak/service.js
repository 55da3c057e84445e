'use strict';

// The service that `npm run soak` drives: requests, sockets, timers, collections, emitters, tracked sessions and workers
// that all come and go, and one listener that leaks at a known rate. Its parent asks it; it answers with what
// leakline counts and what it should.

const { EventEmitter } = require('node:events');
const http = require('node:http');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { WebSocketServer } = require('ws');

const leakline = require('../..');

const LEAK_MS = 100;
/** Until what Node still does about connections that have ended is done. */
const SETTLING_MS = 150;
const CACHED = 500;
const WAITING = 200;
const HOUR = 3_600_000;

const bus = new EventEmitter().setMaxListeners(0);
const pool = Array.from({ length: 50 }, () => new EventEmitter());
const cache = new Map();
const groups = Array.from({ length: 20 }, () => new Set());
const waiting = [];
const sessions = new Set();
const workers = new Set();
let leaked = 0;
let requests = 0;

const server = http.createServer((request, response) => {
  requests++;
  const timer = setTimeout(() => response.destroy(), 30_000);
  const seen = new Map([['path', request.url]]);
  const scope = new EventEmitter();
  scope.once('done', () => seen.clear());
  response.on('finish', () => {
    clearTimeout(timer);
    scope.emit('done');
  });
  churn();
  setImmediate(() => response.end(`${seen.size}`));
});

/** What comes and goes, and stays as many as it is. */
function churn() {
  cache.set(`key ${requests}`, new Map([[requests, 'value']]));
  if (cache.size > CACHED) cache.delete(cache.keys().next().value);
  const group = groups[requests % groups.length];
  group.add(requests);
  if (group.size > 40) group.clear();
  waiting.push(setTimeout(() => {}, HOUR));
  if (waiting.length > WAITING) clearTimeout(waiting.shift());
  const emitter = pool[requests % pool.length];
  const changed = () => requests;
  emitter.on('changed', changed);
  if (emitter.listenerCount('changed') > 3) emitter.off('changed', emitter.listeners('changed')[0]);
}

function leak() {
  bus.on('config', () => leaked); // leaks
  leaked++;
}

const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => {
  const session = leakline.track({ socket }, { kind: 'session', label: 'a session' });
  const heartbeat = setInterval(() => socket.ping(), 60_000);
  sessions.add(session);
  socket.on('message', (data) => socket.send(data));
  socket.once('close', () => {
    clearInterval(heartbeat);
    session.release();
    sessions.delete(session);
  });
});

function startWorker() {
  const worker = new Worker(path.join(__dirname, 'worker.js'));
  workers.add(worker);
  worker.once('exit', (code) => {
    workers.delete(worker);
    if (code !== 0) process.send({ trouble: `a worker ended with ${code}` });
  });
  worker.once('error', (error) => process.send({ trouble: `a worker failed: ${error.stack}` }));
}

/** What is live of what this file makes, as it knows itself. */
function oracle() {
  return {
    listener: bus.listenerCount('config') + pool.reduce((sum, emitter) => sum + emitter.listenerCount('changed'), 0),
    timeout: waiting.length,
    session: sessions.size,
    map: 1 + cache.size,
  };
}

function connections() {
  return new Promise((resolve, reject) => void server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
}

async function look() {
  // Whoever is about to end has ended: Node has nine listeners on each connection.
  for (const socket of sockets.clients) socket.terminate();
  server.closeAllConnections();
  while (workers.size > 0 || sessions.size > 0 || await connections() > 0) await new Promise((resolve) => void setImmediate(resolve));
  await new Promise((resolve) => void setTimeout(resolve, SETTLING_MS));
  const snapshot = leakline.snapshot({ gc: true });
  const { rss, heapUsed } = process.memoryUsage();
  return { snapshot, expected: oracle(), leaked, requests, rss, heapUsed, cpu: process.cpuUsage() };
}

/** Recording that ends and begins leaves nothing of itself. */
async function restart(times) {
  const before = process.memoryUsage().rss;
  const settings = { mode: process.env.LEAKLINE };
  for (let i = 0; i < times; i++) {
    leakline.stop();
    if (leakline.isStarted()) throw new Error('it is still started');
    leakline.start(settings);
    leak();
    churn();
    await new Promise((resolve) => void setImmediate(resolve));
  }
  const { totals } = leakline.snapshot({ gc: true });
  return { totals, grown: process.memoryUsage().rss - before };
}

const answers = { look, restart: () => restart(50), worker: startWorker };

process.on('message', async ({ ask }) => {
  try {
    const answer = await answers[ask]();
    process.send({ answer: answer ?? null, ask });
  } catch (error) {
    process.send({ trouble: error.stack, ask });
  }
});

server.listen(0, '127.0.0.1', () => {
  setInterval(leak, LEAK_MS);
  process.send({ port: server.address().port, leakEach: LEAK_MS });
});
process.once('disconnect', () => process.exit());
