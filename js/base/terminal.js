'use strict';

/** What text may look like on a stream: one rule for every report. */

/** Columns that a report can fill. */
const WIDTH = { min: 60, max: 1000 };

/**
 * Whether text to a stream has colours: FORCE_COLOR decides, then NO_COLOR and TERM=dumb, then whether it is a terminal,
 * as in Node itself.
 * @param {{ isTTY?: boolean }} stream
 * @param {Record<string, string | undefined>} [env]
 */
function hasColor(stream, env = process.env) {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  if (env.NO_COLOR || env.TERM === 'dumb') return false;
  return stream.isTTY === true;
}

/**
 * The columns of a terminal, within {@link WIDTH}; undefined where the stream is none.
 * @param {{ columns?: number }} stream
 */
function columnsOf({ columns }) {
  return columns && Math.min(Math.max(columns, WIDTH.min), WIDTH.max);
}

module.exports = { WIDTH, hasColor, columnsOf };
