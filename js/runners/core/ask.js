'use strict';

/** Asks the addon, JSON to JSON, and throws what a user's file got wrong as a coded error. */

const { error } = require('../../base/errors.js');

let native = null;

function load() {
  native ??= require('../../base/native.js').load();
  return native;
}

/**
 * @param {'testingConfig' | 'testingBaseline' | 'judge' | 'baselineUpdate'} name a function of the addon
 * @param {...(string | object)} args objects go as JSON
 * @returns {any} its answer
 * @throws ERR_LEAKLINE_CONFIG, ERR_LEAKLINE_BASELINE
 */
function ask(name, ...args) {
  const answer = JSON.parse(load()[name](...args.map(encoded)));
  if (answer.error === undefined) return answer;
  throw error(answer.error.code, ...answer.error.args);
}

/** The text of a summary; see native.testingSummary. */
function summary(what) {
  return load().testingSummary(encoded(what));
}

/** Whether there was no baseline at `path` when this process first asked. */
function isFirst(path) {
  return load().baselineIsFirst(path);
}

/** `value` as JSON that any reader takes: half a surrogate pair, as a cut test name may have, is none. */
function encoded(value) {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, (_key, each) => (typeof each === 'string' ? each.toWellFormed() : each));
}

module.exports = { ask, summary, isFirst, encoded };
