'use strict';

/** What `watchPool` takes. */

const { error } = require('../../base/errors.js');
const { overdue } = require('../../base/options.js');

/** As long as pools themselves let callers wait, by default. */
const HELD_TOO_LONG_MS = 30_000;

const OPTIONS = {
  maxHoldMs: overdue,
  label: { rule: 'a text that is not empty', test: (value) => typeof value === 'string' && value !== '' },
};

/** @throws ERR_LEAKLINE_OPTION */
function checkedOptions(options = {}) {
  if (typeof options !== 'object' || options === null) throw error('ERR_LEAKLINE_OPTION', 'options', 'an object', options);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name)) throw error('ERR_LEAKLINE_OPTION', 'options', `made of ${Object.keys(OPTIONS).join(', ')}`, name);
    const { rule, test } = OPTIONS[name];
    if (value !== undefined && !test(value)) throw error('ERR_LEAKLINE_OPTION', name, rule, value);
  }
  return { maxHoldMs: options.maxHoldMs ?? HELD_TOO_LONG_MS, label: options.label };
}

module.exports = { checkedOptions };
