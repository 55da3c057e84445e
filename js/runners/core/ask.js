'use strict';

/** Asks the addon, JSON to JSON, and throws what a user's file got wrong as a coded error. */

const { error } = require('../../base/errors.js');

let native = null;

function load() {
  native ??= require('../../base/native.js').load();
  return native;
}

/**
 * @param {'testingConfig' | 'suiteJudge' | 'baselineUpdate'} name a function of the addon
 * @param {...unknown} args sent as they are
 * @returns {any} its answer
 * @throws ERR_LEAKLINE_CONFIG, ERR_LEAKLINE_BASELINE
 */
function ask(name, ...args) {
  return answered(load()[name](...args));
}

/** @throws ERR_LEAKLINE_CONFIG, ERR_LEAKLINE_BASELINE */
function answered(json) {
  const answer = JSON.parse(json);
  if (answer.error === undefined) return answer;
  throw error(answer.error.code, ...answer.error.args);
}

/**
 * What a test file is judged by, read once.
 * @param {object} config complete
 * @param {string} path of the baseline
 * @param {string | null} text of the baseline; null where there is no file
 * @returns {object} for `suiteFails`, `suiteJudge` and `baselineUpdate`
 * @throws ERR_LEAKLINE_BASELINE
 */
function openSession(config, path, text) {
  const session = load().suiteSession(encoded(config), path, text);
  return typeof session === 'string' ? answered(session) : session;
}

/** Whether a test fails for the leftovers of `end`. */
function fails(session, end) {
  return load().suiteFails(session, encoded(end));
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

module.exports = { ask, openSession, fails, summary, isFirst, encoded };
