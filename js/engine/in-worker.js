'use strict';

/** The part of a check that runs in a worker thread, for `workers.js` of the main thread. Everything in it is synchronous. */

const { threadId } = require('node:worker_threads');

const { setImmediate } = require('../base/originals.js');
const { load } = require('../base/native.js');
const { fromOptions } = require('../base/options.js');
const { createCheckCensus } = require('../census/check.js');
const { RECORDING } = require('./checks.js');
const { engineOf } = require('./engine.js');

let current = null;

/** Begins to record, where that is not on anyway, and to count. True where it does. */
function begin({ rounds, kinds, isCounted }) {
  end();
  const native = load();
  const engine = engineOf(native, null);
  const isOurs = engine.settings === null;
  if (isOurs) engine.start(fromOptions(RECORDING), globalThis);
  try {
    const looks = engine.beginLooks();
    const census = isCounted ? createCheckCensus({ native, context: looks.context, realm: globalThis, fn: null, rounds, kinds }) : null;
    current = { engine, looks, census, isOurs };
  } catch (reason) {
    if (isOurs) engine.stop();
    throw reason;
  }
  return true;
}

/** Collects garbage where the collector has asked for it. */
function sweep() {
  current?.looks.sweep();
  return true;
}

/** Counts; what has grown so far. */
function look(round) {
  current?.looks.nextRound();
  return found((census) => census.look(round));
}

/** Counts in place of the last time. */
function again() {
  return found((census) => census.again());
}

function found(count) {
  if (current === null) throw new Error('no check');
  const { census } = current;
  if (census !== null) count(census);
  return { census: (census?.result().census ?? []).map((found) => ({ ...found, thread: threadId })) };
}

function end() {
  if (current === null) return true;
  const { engine, looks, census, isOurs } = current;
  current = null;
  census?.end();
  looks.end();
  if (isOurs) engine.stop();
  return true;
}

module.exports = { turn: setImmediate, begin, sweep, look, again, end };
