'use strict';

/** Prints the summary of a test run that `leakline test --json` wrote. */

const { error } = require('../base/errors');

/** Forms that it has. */
const FORMATS = ['text', 'json', 'html', 'sarif', 'codeclimate'];

/**
 * @param {object} value the summary
 * @param {{ format: string, color: boolean, width?: number, source?: boolean }} settings
 */
function rendered(value, { format, ...text }) {
  if (!FORMATS.includes(format)) {
    throw error('ERR_LEAKLINE_USAGE', `The summary of a test run has the formats ${FORMATS.join(', ')}, not '${format}'.`, 'report');
  }
  if (format === 'json') return JSON.stringify(value, null, 2);
  const cwd = process.cwd();
  const look = { ...text, cwd, source: text.source === false ? 'none' : 'below' };
  try {
    return require('../base/native').load().testingSavedSummary(JSON.stringify(value), format, JSON.stringify(look));
  } catch (reason) {
    throw error('ERR_LEAKLINE_SNAPSHOT', 'the file', reason.message);
  }
}

module.exports = { rendered };
