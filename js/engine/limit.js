'use strict';

/** What ends a check before its time: a signal, or a timeout. */

const originals = require('../base/originals.js');
const { error } = require('../base/errors.js');

/**
 * @param {{ signal?: AbortSignal, timeout?: number }} options
 * @param {() => [number, number]} progress calls that have begun, and all
 * @returns {{ reached: Promise<never>, end(): void }} `reached` is rejected with the signal's reason, or with
 * ERR_LEAKLINE_TIMEOUT; `end` forgets both
 */
function createLimit({ signal, timeout }, progress) {
  let end = () => {};
  const reached = new originals.Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal?.aborted) abort();
    listen(signal, 'addEventListener', abort);
    const timer = timeout === undefined ? undefined : originals.setTimeout(() => reject(error('ERR_LEAKLINE_TIMEOUT', timeout, ...progress())), timeout);
    end = () => {
      listen(signal, 'removeEventListener', abort);
      originals.clearTimeout(timer);
    };
  });
  return { reached, end };
}

/** With Node's own function, which no hook records; with the signal's where another library made it. */
function listen(signal, method, listener) {
  if (signal === undefined) return;
  try {
    originals.apply(originals[method], signal, ['abort', listener]);
  } catch {
    signal[method]('abort', listener);
  }
}

module.exports = { createLimit };
