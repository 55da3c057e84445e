'use strict';

const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { WebSocket } = require('ws');

// Small, and filled up in setup(): a cache on its way to its limit would look like a leak.
const CACHE_ENTRIES = 50;
const TITLES = ['Plan', 'Budget', 'Meeting notes'];

/**
 * What clients do with the service: they poll a document, hear of a comment over a WebSocket while they look at it, and
 * download its files. Clients come and go, the service stays.
 */
module.exports = function workload(name, startServer) {
  let folder;
  let server;
  let agent;
  let polls;
  let etag;

  /** Each poll asks for what is new since the last one, so no two have the same URL. Another client asks the same. */
  async function poll() {
    const path = `/documents/plan?since=${++polls}`;
    for (let client = 0; client < 2; client++) await expectStatus(200, 'GET', path);
  }

  /** A client that follows a document until it has heard of one comment. */
  async function followDocument() {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/live?user=ann`);
    await once(socket, 'open');
    socket.send(JSON.stringify({ follow: 'plan' }));
    await expectMessage(socket, 'following');
    const heard = expectMessage(socket, 'comment');
    await expectStatus(201, 'POST', '/documents/plan/comments', { body: { author: 'bob', text: 'Looks good' } });
    await heard;
    socket.close();
    await once(socket, 'close');
    // The server hears of the end a little later than the client.
    while ((await health()).online > 0) await sleep(1);
  }

  /** A file three times: as it is, unless it has changed, and its beginning. And a picture, which has no such thing. */
  async function openFiles() {
    await expectStatus(200, 'GET', '/files/notes.md');
    await expectStatus(304, 'GET', '/files/notes.md', { headers: { 'if-none-match': etag } });
    await expectStatus(200, 'GET', '/files/notes.md/preview');
    await expectStatus(415, 'GET', '/files/photo.png/preview');
  }

  async function health() {
    return JSON.parse((await expectStatus(200, 'GET', '/health')).body);
  }

  async function expectStatus(status, method, path, { body, headers } = {}) {
    const request = http.request({ agent, port: server.port, host: '127.0.0.1', method, path, headers });
    request.end(body && JSON.stringify(body));
    const [response] = await once(request, 'response');
    const chunks = [];
    for await (const chunk of response) chunks.push(chunk);
    if (response.statusCode !== status) throw new Error(`${method} ${path} was answered with ${response.statusCode} instead of ${status}`);
    return { headers: response.headers, body: Buffer.concat(chunks).toString() };
  }

  return {
    name,

    async setup() {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'api-server-'));
      fs.writeFileSync(path.join(folder, 'notes.md'), '# Notes\n\n'.padEnd(2000, 'All is well. '));
      fs.writeFileSync(path.join(folder, 'photo.png'), Buffer.alloc(2000));
      server = await startServer({ titles: TITLES, folder, cacheEntries: CACHE_ENTRIES });
      agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      polls = 0;
      for (let i = 0; i < CACHE_ENTRIES; i++) await poll();
      etag = (await expectStatus(200, 'GET', '/files/notes.md')).headers.etag;
    },

    async iterate() {
      await poll();
      await followDocument();
      await openFiles();
    },

    async teardown() {
      agent.destroy();
      await server.close();
      // Windows keeps what is still being closed for a moment.
      fs.rmSync(folder, { recursive: true, maxRetries: 10 });
    },
  };
};

async function expectMessage(socket, type) {
  const [data] = await once(socket, 'message');
  const message = JSON.parse(data);
  if (message.type !== type) throw new Error(`the server sent '${message.type}' instead of '${type}'`);
}
