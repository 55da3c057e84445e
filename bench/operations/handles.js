'use strict';

// Operations on what the system gives, as in listeners.js, some by a promise.

const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');

module.exports = {
  'openSync + closeSync': () => (n) => {
    for (let i = 0; i < n; i++) fs.closeSync(fs.openSync(__filename));
  },
  'createReadStream, read': () => async (n) => {
    for (let i = 0; i < n; i++) await once(fs.createReadStream(__filename).resume(), 'close');
  },
  'fs.promises.open + close': () => async (n) => {
    for (let i = 0; i < n; i++) await (await fs.promises.open(__filename)).close();
  },
  'socket, connected and destroyed': () => {
    const server = net.createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    return async (n) => {
      if (!server.listening) await once(server, 'listening');
      for (let i = 0; i < n; i++) {
        const socket = net.connect(server.address().port, '127.0.0.1');
        await once(socket, 'connect');
        socket.destroy();
      }
    };
  },
};
