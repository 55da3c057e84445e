'use strict';

/** A WebSocket's client (RFC 6455), as much as Node's inspector needs: text in both directions. Node 20 has none. */

const crypto = require('node:crypto');
const http = require('node:http');

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/**
 * @param {{ host: string, port: number, path: string, timeoutMs: number }} where
 * @returns {Promise<{ send(text: string): void, close(): void, onText: (text: string) => void, onClose: () => void }>}
 */
function connect({ host, port, path, timeoutMs }) {
  return new Promise((resolve, reject) => {
    const key = crypto.randomBytes(16).toString('base64');
    const request = http.get({
      host, port, path, timeout: timeoutMs,
      headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': '13' },
    });
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('response', ({ statusCode }) => reject(new Error(`the inspector answered ${statusCode}`)));
    request.once('upgrade', (response, socket, head) => resolve(over(socket, head)));
  });
}

module.exports = { connect };

function over(socket, head) {
  const client = {
    onText: () => {},
    onClose: () => {},
    send: (text) => socket.write(frame(TEXT, Buffer.from(text))),
    close: () => socket.destroy(),
  };
  let pending = Buffer.alloc(0);
  const text = [];
  const take = (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (let next = parsed(pending); next !== null; next = parsed(pending)) {
      pending = pending.subarray(next.length);
      if (next.opcode === PING) socket.write(frame(PONG, next.payload));
      else if (next.opcode === CLOSE) socket.end(frame(CLOSE, next.payload));
      else if (next.opcode !== PONG) {
        text.push(next.payload);
        if (next.isLast) client.onText(Buffer.concat(text.splice(0)).toString('utf8'));
      }
    }
  };
  socket.setNoDelay(true);
  socket.setTimeout(0);
  socket.on('data', take);
  socket.on('error', () => {});
  socket.once('close', () => client.onClose());
  if (head.length > 0) setImmediate(take, head);
  return client;
}

/** A whole frame at the beginning of the bytes; null where there is none yet. */
function parsed(bytes) {
  if (bytes.length < 2) return null;
  const short = bytes[1] & 127;
  const from = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  if (bytes.length < from) return null;
  const size = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < from + size) return null;
  return { opcode: bytes[0] & 15, isLast: (bytes[0] & 128) !== 0, payload: bytes.subarray(from, from + size), length: from + size };
}

/** A client masks what it sends. */
function frame(opcode, payload) {
  const long = payload.length > 65_535 ? 8 : payload.length > 125 ? 2 : 0;
  const head = Buffer.alloc(2 + long);
  head[0] = 128 | opcode;
  head[1] = 128 | (long === 8 ? 127 : long === 2 ? 126 : payload.length);
  if (long === 2) head.writeUInt16BE(payload.length, 2);
  if (long === 8) head.writeBigUInt64BE(BigInt(payload.length), 2);
  const mask = crypto.randomBytes(4);
  const masked = Buffer.from(payload);
  for (let at = 0; at < masked.length; at++) masked[at] ^= mask[at & 3];
  return Buffer.concat([head, mask, masked]);
}
