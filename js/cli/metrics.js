'use strict';

const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');

const { error } = require('../base/errors');
const { load } = require('../base/native');
const { directories } = require('./flight/files');
const { number, parse } = require('./parse');

const summary = 'print or serve the metrics of the processes whose flight files lie in a directory';

const usage = ['leakline metrics [DIR]', 'leakline metrics [DIR] --port 9465 [--host ADDRESS]'];

const options = {
  port: { type: 'string', value: 'N', help: 'serve them at /metrics of this port, 0 for a free one' },
  host: { type: 'string', value: 'ADDRESS', help: 'listen on this address (127.0.0.1)' },
  openmetrics: { type: 'boolean', help: 'print OpenMetrics; a scraper gets what it asks for' },
};

const notes = [
  'DIR is where flight files are: LEAKLINE_FLIGHT or LEAKLINE_DIR, else where leakline puts them.',
  'It answers while an event loop is blocked, and for a quarter of an hour after a process has died.',
  'Each series has the service, host and pid of its process. It serves until a signal ends it.',
];

const TYPES = {
  plain: 'text/plain; version=0.0.4; charset=utf-8',
  open: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

async function run(args) {
  const { values, positionals } = parse('metrics', options, args);
  if (positionals.length > 1) throw error('ERR_LEAKLINE_USAGE', `metrics takes one directory, got ${positionals.length}.`, 'metrics');
  const [directory] = positionals;
  if (directory !== undefined && !fs.existsSync(directory)) {
    throw error('ERR_LEAKLINE_USAGE', `There is no directory '${directory}'.`, 'metrics');
  }
  const port = number('metrics', 'port', values.port, { min: 0, max: 65_535 });
  if (port === undefined) {
    if (values.host !== undefined) throw error('ERR_LEAKLINE_USAGE', '--host needs --port.', 'metrics');
    process.stdout.write(text(directory, values.openmetrics));
    return 0;
  }
  return serve(directory, port, values.host ?? '127.0.0.1');
}

module.exports = { summary, usage, options, notes, run };

/** Directories may come later, such as those of other users in one that is shared. */
function text(directory, isOpen = false) {
  const query = JSON.stringify({ host: process.env.HOSTNAME || os.hostname() });
  return load().flightMetrics(JSON.stringify(directories(directory)), query, isOpen);
}

async function serve(directory, port, host) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname !== '/metrics') return response.writeHead(404).end('see /metrics\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') return response.writeHead(405, { allow: 'GET, HEAD' }).end();
    const isOpen = /application\/openmetrics-text/.test(request.headers.accept ?? '');
    try {
      const body = text(directory, isOpen);
      response.writeHead(200, { 'content-type': isOpen ? TYPES.open : TYPES.plain, 'cache-control': 'no-store' }).end(body);
    } catch (reason) {
      process.stderr.write(`leakline: ${reason.message}\n`);
      response.writeHead(500).end('the flight files could not be read\n');
    }
  });
  await new Promise((resolve, reject) => {
    server.once('error', (reason) => reject(error('ERR_LEAKLINE_USAGE', `Cannot listen on ${host}:${port}: ${reason.code ?? reason.message}.`, 'metrics')));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  process.stdout.write(`leakline: metrics of ${directories(directory)[0]} at http://${shown}:${address.port}/metrics\n`);
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close(resolve).closeAllConnections());
  });
  return 0;
}
