'use strict';

/** How the emitters and event targets that people close say that they are closed. */
const signs = [
  (emitter) => emitter.destroyed === true && typeof emitter.destroy === 'function', // streams, sockets, HTTP/2 sessions
  (emitter) => emitter.closed === true && typeof emitter.question === 'function', // readline's interfaces
  (emitter) => emitter.listening === false && typeof emitter._connectionKey === 'string', // servers that have listened
  (emitter) => emitter.readyState === 3 && typeof emitter.terminate === 'function', // WebSocket of ws: CLOSED
  (emitter) => emitter.readyState === 3 && typeof emitter.bufferedAmount === 'number', // WebSocket: CLOSED
  (emitter) => emitter.aborted === true && typeof emitter.throwIfAborted === 'function', // AbortSignals
  (emitter) => emitter._state === 2 && typeof emitter.handleUpgrade === 'function', // WebSocketServer of ws: CLOSED
  (emitter) => emitter.pid !== undefined && (emitter.exitCode ?? emitter.signalCode ?? null) !== null, // child processes
  (emitter) => emitter.threadId === -1, // workers
  (emitter) => emitter.status === 'end' && typeof emitter.disconnect === 'function', // ioredis
];

/**
 * Whether an emitter has been closed, as far as can be known: it emits nothing any more.
 * @param {object} emitter
 */
function isClosed(emitter) {
  try {
    return signs.some((sign) => sign(emitter));
  } catch {
    // A getter of the program's has thrown: not known to be closed.
    return false;
  }
}

module.exports = { isClosed };
