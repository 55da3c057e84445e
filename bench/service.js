'use strict';

// CPU per request and memory of an Express service in each mode against bare Node. Each request
// makes a timer that it clears, a Map, and a listener on its own response. The modes take turns in
// processes of their own; ratios are medians over the rounds.

const { fork } = require('node:child_process');
const http = require('node:http');
const { median, table, machine } = require('./support/figures.js');

const MODES = ['bare', 'off', 'counts', 'adaptive', 'full'];
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7);
const WARMUP = 3_000;
const REQUESTS = 15_000;
const CONNECTIONS = 32;

function serve(mode) {
  if (mode !== 'bare') {
    process.env.LEAKLINE = mode;
    require('../js/register.js');
  }
  const app = require('express')();
  app.get('/', (request, response) => {
    const timer = setTimeout(() => response.destroy(), 30_000);
    const seen = new Map([['path', request.path]]);
    response.on('finish', () => clearTimeout(timer));
    response.json({ path: seen.get('path') });
  });
  const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  let from = null;
  process.on('message', (message) => {
    if (message === 'begin') {
      global.gc?.();
      from = process.cpuUsage();
    } else {
      const { user, system } = process.cpuUsage(from);
      process.send({ cpu: user + system, rss: process.memoryUsage().rss }, () => process.exit(0));
    }
  });
}

function request(port, agent) {
  return new Promise((resolve, reject) => {
    http.get({ port, host: '127.0.0.1', agent }, (response) => response.resume().on('end', resolve)).on('error', reject);
  });
}

async function load(port, agent, count) {
  let left = count;
  const one = async () => {
    while (left-- > 0) await request(port, agent);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
}

const message = (child) => new Promise((resolve) => child.once('message', resolve));

async function measure(mode) {
  const child = fork(__filename, [mode], { execArgv: ['--expose-gc'] });
  const { port } = await message(child);
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  await load(port, agent, WARMUP);
  child.send('begin');
  await load(port, agent, REQUESTS);
  const figures = message(child);
  child.send('end');
  const { cpu, rss } = await figures;
  agent.destroy();
  return { cpu: cpu / REQUESTS, rss: rss / 2 ** 20 };
}

async function parent() {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`);
    const figures = {};
    // Each mode goes first once, so that none profits from its place.
    for (let i = 0; i < MODES.length; i++) {
      const mode = MODES[(i + round) % MODES.length];
      figures[mode] = await measure(mode);
    }
    rounds.push(figures);
  }
  const rows = MODES.map((mode) => {
    const of = (figure) => median(rounds.map((round) => round[mode][figure]));
    const ratio = (figure) => median(rounds.map((round) => round[mode][figure] / round.bare[figure])).toFixed(2);
    return [mode, `${of('cpu').toFixed(0)} µs`, `${ratio('cpu')}×`, `${of('rss').toFixed(0)} MiB`, `${ratio('rss')}×`];
  });
  console.log(`${machine()}, medians of ${ROUNDS} rounds of ${REQUESTS.toLocaleString('en')} requests`);
  table(['mode', 'CPU a request', 'to bare', 'RSS', 'to bare'], rows);
}

if (MODES.includes(process.argv[2])) serve(process.argv[2]);
else parent();
