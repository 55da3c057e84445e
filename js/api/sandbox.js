'use strict';

/** The api in a sandbox: values and errors of the main realm are made anew in this one. */

const { handleOf } = require('../base/handle.js');
const { error, isLeaklineError } = require('../base/errors.js');

/**
 * @template {Record<string, Function>} Api
 * @param {Api} api the main realm's
 * @returns {Api}
 */
function inThisRealm(api) {
  const { start, snapshot, diff, check, track, retainers } = api;
  const translated = {
    ...api,
    snapshot: (options) => copy(snapshot(options)),
    diff: (before, after) => copy(diff(before, after)),
    check: async (fn, options) => copy(await check(fn, options)),
    retainers: async (options) => copy(await retainers(options)),
    start: (options) => handle(start(options)),
    track: (resource, what) => handle(track(resource, what)),
  };
  for (const [name, call] of Object.entries(translated)) translated[name] = translating(call);
  return translated;
}

function translating(call) {
  return (...args) => {
    try {
      const result = call(...args);
      return typeof result?.then === 'function' ? result.then((value) => value, fail) : result;
    } catch (reason) {
      return fail(reason);
    }
  };
}

function fail(reason) {
  const isForeign = isLeaklineError(reason) && !(reason instanceof Error);
  throw isForeign ? error(reason.code, ...reason.args) : reason;
}

/** A handle of this realm that ends what the main realm's does. */
function handle(other) {
  const [[name, end]] = Object.entries(other);
  return handleOf(name, () => end());
}

function copy(value) {
  return JSON.parse(JSON.stringify(value));
}

module.exports = { inThisRealm, translating };
