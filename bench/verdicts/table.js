'use strict';

// The table of `npm run verdicts`.

const { STILL_AT_MS } = require('./promises');

const seconds = (ms) => (ms === undefined ? '–' : `${Math.round(ms / 1_000)} s`);
const HEAD = ['leak', 'a second', 'mode', 'reported', 'a leak', ...STILL_AT_MS.map((ms) => `${ms / 1_000} s after`), 'gone', 'broken'];

/** Each row of each service, in the order of the leaks, the rates and the modes. */
function rowsOf(done) {
  const rows = done.flatMap(({ job, rows: ofJob }) => Object.entries(ofJob).map(([name, row]) => ({ name, job, row })));
  rows.sort((a, b) => a.name.localeCompare(b.name) || a.job.rate - b.job.rate || a.job.mode.localeCompare(b.job.mode));
  return rows.map(({ name, job, row }) => [
    name, String(job.rate), job.mode, seconds(row.suspectMs), seconds(row.leakMs),
    ...STILL_AT_MS.map((ms) => row.after[ms] ?? '–'), seconds(row.goneMs), row.broken.length > 0 ? String(row.broken.length) : '',
  ]);
}

function text(done) {
  const lines = [HEAD, ...rowsOf(done)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}

/** By leak and mode, how long it took at each rate. */
function markdown(done) {
  const rates = [...new Set(done.flatMap(({ job }) => job.rate ?? []))].sort((a, b) => a - b);
  const cells = new Map();
  for (const { job, rows } of done) for (const [name, row] of Object.entries(rows)) cells.set(`${name}|${job.mode}|${job.rate}`, row);
  const names = [...new Set([...cells.keys()].map((key) => key.split('|').slice(0, 2).join('|')))].sort();
  const cell = (row) => {
    if (row === undefined) return '';
    const isLater = row.leakMs !== undefined && row.leakMs - row.suspectMs > 5_000;
    return `${seconds(row.suspectMs)}${isLater ? `, ${seconds(row.leakMs)}` : ''}${row.broken.length > 0 ? ' ✗' : ''}`;
  };
  return [
    `| leak | mode | ${rates.map((rate) => `${rate}/s`).join(' | ')} |`,
    `| --- | --- | ${rates.map(() => '---').join(' | ')} |`,
    ...names.map((key) => `| ${key.replace('|', ' | ')} | ${rates.map((rate) => cell(cells.get(`${key}|${rate}`))).join(' | ')} |`),
  ].join('\n');
}

module.exports = { text, markdown };
