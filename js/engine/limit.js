'use strict';

/** What ends a check before its time: a signal, a timeout, or the end of its test. */

const originals = require('../base/originals.js');
const { error } = require('../base/errors.js');

/**
 * @param {{ signal?: AbortSignal, timeout?: number }} options
 * @param {() => [number, number]} progress calls that have begun, and all
 * @param {{ reject(reason: unknown): void }} own the check, whose `reject` this sets
 * @returns {{ reached: Promise<never>, end(): void }} `reached` is rejected with the signal's reason, with
 * ERR_LEAKLINE_TIMEOUT, or by `own.reject`; `end` forgets the first two
 */
function createLimit({ signal, timeout }, progress, own) {
  let end = () => {};
  const reached = new originals.Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    own.reject = reject;
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
