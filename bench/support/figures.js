'use strict';

/** What every benchmark needs: medians, ratios of pairs, percentiles, and a Markdown table at the end. */

function median(values) {
  return quantile(values, 0.5);
}

/** The value below which a share of all is, between two neighbours where it falls between them. */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place % 1);
}

/**
 * A figure of one that is compared: the median over the rounds, and its ratio to `base` within each round.
 *
 * @param {Record<string, object>[]} rounds what each measured, by name
 * @param {(measured: object) => number} figure
 */
function compared(rounds, name, base, figure) {
  const ratios = rounds.map((round) => figure(round[name]) / figure(round[base]));
  return { value: median(rounds.map((round) => figure(round[name]))), ratio: median(ratios), from: quantile(ratios, 0.25), to: quantile(ratios, 0.75) };
}

/** Prints a Markdown table, ready for the README. */
function table(head, rows) {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  console.log(['', line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n'));
}

/** The machine and the day, for whoever reads the figures elsewhere. */
function machine() {
  const cpus = require('node:os').cpus();
  const day = new Date().toISOString().slice(0, 10);
  return `Node ${process.version}, ${cpus.length} × ${cpus[0].model.trim()}, ${process.platform}-${process.arch}, ${day}`;
}

/** How far it is, on stderr: stdout has the results alone. */
function progress(text) {
  process.stderr.write(`  ${text}\n`);
}

/** Resolves after a time. */
function later(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

const count = (n) => Math.round(n).toLocaleString('en');
const times = (ratio, digits = 2) => `${ratio.toFixed(digits)}×`;

module.exports = { median, quantile, compared, table, machine, progress, later, count, times };
