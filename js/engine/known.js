'use strict';

/** Leaks that are no news: a list of them, or a file that has one. */

const fs = require('node:fs');

const { error } = require('../base/errors.js');

/** What names the list in a message when it is no file's. */
const OPTION = 'the option known';

/**
 * @param {object} native the addon
 * @param {string | object[] | null} known a list, or the path of a configuration or of a snapshot
 * @returns {object[]} as the collector takes them
 * @throws ERR_LEAKLINE_CONFIG, naming the file and the entry
 */
function knownLeaks(native, known) {
  if (known === null) return [];
  const isFile = typeof known === 'string';
  const text = isFile ? read(known) : JSON.stringify({ known });
  const answer = JSON.parse(native.knownLeaks(text, isFile ? known : OPTION));
  if (answer.error === undefined) return answer;
  throw error(answer.error.code, ...answer.error.args);
}

module.exports = { knownLeaks };

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (reason) {
    throw error('ERR_LEAKLINE_CONFIG', file, `the file must be readable: ${reason.message}`, 'Name a file that is there, or leave known out.');
  }
}
