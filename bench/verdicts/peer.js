'use strict';

// Keeps each connection until its other end closes it. Takes where to listen, and says so; ends with its parent.

const net = require('node:net');

net.createServer((socket) => socket.on('error', () => {}).resume()).listen(process.argv[2], () => process.send('listens'));
process.once('disconnect', () => process.exit());
