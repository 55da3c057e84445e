'use strict';

/** The clients of the soak: requests at a steady rate and sockets that come, talk and go. */

const http = require('node:http');
const { once } = require('node:events');
const { WebSocket } = require('ws');

const REQUESTS_PER_SECOND = 200;
const SOCKETS_PER_SECOND = 5;
const TICK_MS = 20;

/**
 * @param {number} port
 * @returns {{ pause(): Promise<void>, resume(): void, counts: { requests: number, sockets: number, failed: number } }}
 */
function createLoad(port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  const counts = { requests: 0, sockets: 0, failed: 0 };
  const open = new Set();
  let timer = null;
  let owed = { requests: 0, sockets: 0 };

  function track(promise, kind) {
    const settled = promise.then(() => counts[kind]++, () => counts.failed++).finally(() => open.delete(settled));
    open.add(settled);
  }

  function tick() {
    owed.requests += (REQUESTS_PER_SECOND * TICK_MS) / 1000;
    owed.sockets += (SOCKETS_PER_SECOND * TICK_MS) / 1000;
    // A service that does not follow is not asked for more and more.
    for (; owed.requests >= 1; owed.requests--) if (open.size < 64) track(request(), 'requests');
    for (; owed.sockets >= 1; owed.sockets--) if (open.size < 64) track(talk(), 'sockets');
  }

  async function request() {
    const sent = http.get({ host: '127.0.0.1', port, agent, path: '/some/path' });
    const [response] = await once(sent, 'response');
    await once(response.resume(), 'end');
  }

  async function talk() {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(socket, 'open');
    for (const text of ['one', 'two', 'three']) {
      socket.send(text);
      await once(socket, 'message');
    }
    socket.close();
    await once(socket, 'close');
  }

  return {
    counts,

    resume() {
      owed = { requests: 0, sockets: 0 };
      timer ??= setInterval(tick, TICK_MS);
    },

    /** Resolves when nothing is on its way any more. */
    async pause() {
      clearInterval(timer);
      timer = null;
      while (open.size > 0) await Promise.all(open);
      agent.destroy();
    },
  };
}

module.exports = { createLoad };
