'use strict';

// Express, asked over streams in memory, so that nothing of it waits. Its command line: how many requests to warm up with, how
// many with emptied caches before each, and how often the caches are emptied in all. What two of these share comes out
// even: between a run of 1,000 of 6,000 and one of 6,000 of 6,000 lie 5,000 requests and nothing else.

const http = require('node:http');
const { Duplex } = require('node:stream');

const { expressApp } = require('../service/services');

const CONNECTIONS = 32;
/** Twice the second level that is simulated. */
const EMPTYING_BYTES = 1 << 20;
const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n');

/** What a socket is to Node's server, without a network. */
class Connection extends Duplex {
  answered = () => {};
  _read() {}
  _write(_chunk, _encoding, done) {
    done();
    this.answered();
  }
  _writev(_chunks, done) {
    this._write(null, null, done);
  }
  setTimeout() {
    return this;
  }
  setNoDelay() {
    return this;
  }
  setKeepAlive() {
    return this;
  }
}

const [warm, emptied, emptyings] = process.argv.slice(2).map(Number);
const server = http.createServer(expressApp());
const connections = Array.from({ length: CONNECTIONS }, () => new Connection());
for (const connection of connections) server.emit('connection', connection);
const other = Buffer.alloc(EMPTYING_BYTES);

main();

async function main() {
  for (let i = 0; i < warm; i++) await request(i);
  for (let i = 0; i < emptied; i++) {
    emptyCaches();
    await request(i);
  }
  for (let i = emptied; i < emptyings; i++) emptyCaches();
  process.exit(0);
}

function request(i) {
  const connection = connections[i % CONNECTIONS];
  return new Promise((resolve) => {
    connection.answered = () => setImmediate(resolve);
    connection.push(REQUEST);
  });
}

/** Looks for what is not there: reads each line of it, by one loop in C. */
function emptyCaches() {
  if (other.indexOf(1) !== -1) throw new Error('somebody wrote there');
}
