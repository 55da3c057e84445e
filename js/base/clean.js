'use strict';

/**
 * Makes text of unknown origin safe to print, by the rule of the reports (`src/report/clean.rs`): on one line, and with
 * nothing that a terminal, or GitHub's reader of logs, would obey.
 */

/** Characters kept of one piece of text. */
const MAX_CHARS = 1000;

// Controls, line separators, and what is invisible or reorders its neighbours.
// eslint-disable-next-line no-control-regex
const HAZARDS = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
const NAMED = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** @param {string} text */
function clean(text) {
  const chars = [...text.slice(0, 2 * MAX_CHARS + 2)];
  const cut = chars.length > MAX_CHARS ? `${chars.slice(0, MAX_CHARS).join('')}…` : text;
  return cut.replace(HAZARDS, escaped);
}

function escaped(char) {
  const code = char.codePointAt(0);
  return NAMED[char] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`);
}

module.exports = { clean };
