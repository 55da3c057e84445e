'use strict';

/** Leaks that the user accepts: a list of them or a configuration that has it, and what leaked in an earlier snapshot. */

const fs = require('node:fs');

const { error } = require('../base/errors.js');

/** What names the list in a message when it is no file's. */
const OPTION = 'the option allow';

/**
 * @param {object} native the addon
 * @param {{ allow?: string | object[] | null, baseline?: string | null }} settings a list, or the path of a
 * configuration; the path of a snapshot
 * @returns {object[]} as the collector takes them
 * @throws ERR_LEAKLINE_CONFIG, naming the file and the entry
 */
function allowedLeaks(native, { allow = null, baseline = null }) {
  return [...listed(native, allow), ...leaked(native, baseline)];
}

module.exports = { allowedLeaks };

function listed(native, allow) {
  if (allow === null) return [];
  const isFile = typeof allow === 'string';
  const text = isFile ? read(allow, 'allow') : JSON.stringify({ allow });
  return checked(native.allowList(text, isFile ? allow : OPTION));
}

function leaked(native, baseline) {
  return baseline === null ? [] : checked(native.allowBaseline(read(baseline, 'baseline'), baseline));
}

function checked(json) {
  const answer = JSON.parse(json);
  if (answer.error === undefined) return answer;
  throw error(answer.error.code, ...answer.error.args);
}

function read(file, option) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (reason) {
    throw error('ERR_LEAKLINE_CONFIG', file, `the file must be readable: ${reason.message}`, `Name a file that is there, or leave ${option} out.`);
  }
}
