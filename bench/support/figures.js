'use strict';

/** What every benchmark needs: medians, ratios of pairs, and a table at the end. */

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Prints a Markdown table, ready for the README. */
function table(head, rows) {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  console.log([line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n'));
}

/** The machine, for whoever reads the figures elsewhere. */
function machine() {
  const cpus = require('node:os').cpus();
  return `Node ${process.version}, ${cpus.length} × ${cpus[0].model.trim()}, ${process.platform}-${process.arch}`;
}

module.exports = { median, table, machine };
