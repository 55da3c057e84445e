'use strict';

// A service with one leak: each upload listens for the shutdown, and nobody stops listening when the upload is done.

const http = require('node:http');

const shutdown = new AbortController();

class Upload {
  constructor(signal) {
    this.chunks = [];
    signal.addEventListener('abort', () => this.cancel());
  }

  async read(request) {
    for await (const chunk of request) this.chunks.push(chunk);
    return this.chunks.length;
  }

  cancel() {
    this.chunks = [];
  }
}

const server = http.createServer(async (request, response) => {
  const parts = await new Upload(shutdown.signal).read(request);
  response.end(`${parts} parts\n`);
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  // The load: twenty uploads a second, for as long as the first argument says (seconds).
  const agent = new http.Agent({ keepAlive: true });
  setInterval(() => http.request({ port, agent, method: 'POST' }, (response) => response.resume()).end('a part'), 50);
  setTimeout(() => process.exit(), 1000 * Number(process.argv[2] ?? 40));
});
