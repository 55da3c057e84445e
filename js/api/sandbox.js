'use strict';

/** The api in a sandbox: values and errors of the main realm are made anew in this one. */

const { LeaklineError } = require('../base/errors.js');

/**
 * @template {Record<string, Function>} Api
 * @param {Api} api the main realm's
 * @returns {Api}
 */
function inThisRealm(api) {
  const { snapshot, diff, check, track } = api;
  const translated = {
    ...api,
    snapshot: (options) => copy(snapshot(options)),
    diff: (before, after) => copy(diff(before, after)),
    check: async (fn, options) => copy(await check(fn, options)),
    track(resource, what) {
      const { release } = track(resource, what);
      return { release: () => release() };
    },
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
  const isForeign = String(reason?.code).startsWith('ERR_LEAKLINE_') && !(reason instanceof LeaklineError);
  throw isForeign ? new LeaklineError(reason.code, reason.args) : reason;
}

function copy(value) {
  return JSON.parse(JSON.stringify(value));
}

module.exports = { inThisRealm, translating };
