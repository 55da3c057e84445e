'use strict';

/** A screen of `leakline top`: pure text from a flight file and what the user chose. */

const { bytes, duration, state } = require('./words');

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, reverse: 7 };
const PAINTS = { leak: 'red', suspect: 'yellow', steady: 'dim', new: 'dim' };

/** How text is painted: as it is, or with ANSI escapes. */
function painter(color) {
  return (style, text) => (color && style ? `\u001B[${STYLES[style]}m${text}\u001B[0m` : text);
}

/**
 * @typedef {object} View what the user chose
 * @property {number} width columns
 * @property {number} height rows; 0 for as many as there are
 * @property {boolean} color
 * @property {string} sort
 * @property {number} selected row; -1 for none
 * @property {boolean} isOpen whether the stack of the selected row is shown
 * @property {Map<string, number> | null} since what lived when the user began to look
 * @property {number} sinceMs how long ago that was
 * @property {boolean} keys whether keys are read
 */

/**
 * @param {object} flight what readFlight() gives
 * @param {View} view
 * @returns {string[]} lines, none longer than the width
 */
function processScreen(flight, view) {
  const paint = painter(view.color);
  const { identity, vitals, uptimeMs, leaks, suspects, sites } = flight;
  const commit = identity.commit ? ` · commit ${identity.commit.slice(0, 10)}` : '';
  const service = identity.package ? `${identity.package}${identity.version ? ` ${identity.version}` : ''} · ` : '';
  const head = [
    fit(`leakline top · ${service}pid ${identity.pid} on ${identity.host} · Node ${identity.node}${commit} · ${duration(uptimeMs)}`, view.width, (text) => paint('bold', text)),
    fit(`${flight.runs ? 'it ' : 'it has ended: it '}${state(flight)}`, view.width, (text) => paint(stateStyle(flight), text)),
    fit(vitalsOf(vitals), view.width),
    fit(`${counted(leaks, 'leak')}, ${counted(suspects, 'suspect')}, ${counted(sites, 'site')} · sorted by ${view.sort}${view.since ? ` · +/- since ${duration(view.sinceMs)}` : ''}`, view.width),
    '',
  ];
  const rows = flight.snapshot.sites;
  const columns = columnsFor(view);
  const open = view.isOpen && rows[view.selected] ? stackLines(rows[view.selected], view, paint) : [];
  const foot = view.keys ? ['', fit(KEYS, view.width, (text) => paint('dim', text))] : [];
  const space = view.height === 0 ? rows.length : Math.max(view.height - head.length - foot.length - open.length - 1, 3);
  const from = Math.max(0, Math.min(view.selected - space + 1, rows.length - space));
  const shown = rows.slice(from, from + space);
  const table = shown.map((site, at) => {
    const isSelected = view.keys && from + at === view.selected;
    const text = rowOf(columns, site, view);
    return isSelected ? paint('reverse', text) : paint(PAINTS[site.verdict], text);
  });
  return [...head, paint('bold', rowOf(columns, null, view)), ...table, ...open, ...foot];
}

const KEYS = 'q quit · s sort · d since now · ↑ ↓ select · Enter stack';

/**
 * @param {object[]} flights what listFlights() gives
 * @param {View} view
 */
function listScreen(flights, view) {
  const paint = painter(view.color);
  const running = flights.filter(({ runs }) => runs).length;
  const head = [fit(`leakline top · ${running} running, ${flights.length - running} ended`, view.width, (text) => paint('bold', text)), ''];
  const rows = flights.map((flight, at) => {
    const { identity, vitals, leaks, uptimeMs } = flight;
    const cells = [
      String(flight.outerPid ?? identity.pid).padStart(8),
      (identity.package ?? (baseName(identity.script) || '–')).padEnd(20).slice(0, 20),
      duration(uptimeMs).padStart(11),
      String(leaks).padStart(5),
      bytes(vitals.rss).padStart(9),
      state(flight),
    ];
    const text = cut(cells.join('  '), view.width).padEnd(view.keys ? view.width : 0);
    if (view.keys && at === view.selected) return paint('reverse', text);
    return leaks > 0 ? paint('red', text) : paint(flight.runs ? '' : 'dim', text);
  });
  const title = ['     PID', 'SERVICE'.padEnd(20), 'RECORDED'.padStart(11), 'LEAKS', 'RSS'.padStart(9), 'STATE'].join('  ');
  const foot = view.keys ? ['', fit('q quit · ↑ ↓ select · Enter open', view.width, (text) => paint('dim', text))] : [];
  return [...head, paint('bold', cut(title, view.width)), ...rows, ...foot];
}

/** By what a site is known again in another state. */
function keyOf({ fingerprint, thread, label, origin }) {
  return `${fingerprint} ${thread} ${label} ${origin?.line}:${origin?.column}`;
}

/** What it holds: entries of collections, bytes of what a function keeps, else what is not released. */
function countOf({ live, size }) {
  return size === undefined ? live : Math.max(size.total, live);
}

module.exports = { processScreen, listScreen, keyOf, countOf };

function stateStyle({ runs, silent, ended, vitals }) {
  if (!runs) return ended.isBad ? 'red' : 'dim';
  return silent || vitals.loopSilentMs > 0 ? 'yellow' : 'green';
}

function vitalsOf(vitals) {
  const cgroup = vitals.cgroupLimit === null ? '' : ` · cgroup ${bytes(vitals.cgroupBytes)} of ${bytes(vitals.cgroupLimit)}`;
  const met = vitals.cgroupMaxRecent > 0 ? `, limit met ${vitals.cgroupMaxRecent} times in 10 s` : '';
  const heap = vitals.heapAfterGc === null ? '' : `heap after GC ${bytes(vitals.heapAfterGc)}${vitals.heapLimit === null ? '' : ` of ${bytes(vitals.heapLimit)}`} · `;
  // While the loop is blocked nothing measures its delay; the line above says for how long it is.
  const late = vitals.loopSilentMs > 0 ? '' : ` · event loop late by ${Math.round(vitals.loopDelayMs)} ms at most`;
  return `${heap}RSS ${bytes(vitals.rss)} · CPU ${Math.round(vitals.cpu * 100)} %${late}${cgroup}${met}`;
}

/** Which columns fit, and how wide the last two are. */
function columnsFor({ width, since }) {
  const fixed = [
    { head: 'VERDICT', width: 7, of: (site) => site.verdict },
    { head: 'LIVE', width: 9, right: true, of: (site) => `${site.estimated ? '~' : ''}${(site.kind === 'heap' ? bytes : number)(countOf(site))}` },
    ...(since === null ? [] : [{ head: '+/-', width: 8, right: true, of: (site) => signed(site, since) }]),
    { head: 'GROWTH/H', width: 9, right: true, of: (site) => growth(site.growthPerHour) },
    ...(width >= 100 ? [{ head: 'OLDEST', width: 11, right: true, of: (site) => (site.oldestMs > 0 ? duration(site.oldestMs) : '–') }] : []),
  ];
  const used = fixed.reduce((sum, column) => sum + column.width + 2, 0);
  const rest = Math.max(width - used - 2, 20);
  const label = Math.min(Math.max(Math.floor(rest * 0.45), 12), 60);
  return [
    ...fixed,
    { head: 'SITE', width: label, of: ({ kind, label }) => (width < 100 || label.startsWith(kind) || kind === 'map' || kind === 'set' ? label : `${kind} ${label}`) },
    { head: 'LINE', width: rest - label, left: true, of: ({ origin }) => (origin ? place(origin) : '–') },
  ];
}

function rowOf(columns, site) {
  return columns.map(({ head, width, right, left, of }) => {
    const text = site === null ? head : of(site);
    if (right) return cut(text, width).padStart(width);
    return (left && site !== null ? cutLeft(text, width) : cut(text, width)).padEnd(width);
  }).join('  ');
}

function stackLines({ kind, label, stack, evidence }, { width }, paint) {
  const frames = stack.filter(({ file }) => !file.startsWith('node:')).slice(0, 8);
  const lines = (frames.length > 0 ? frames : stack.slice(0, 8)).map((frame) => cut(`    ${place(frame)}  ${frame.function ?? ''}`, width));
  return [paint('bold', cut(`  ${kind} ${label}`, width)), ...(evidence ? [cut(`    ${evidence}`, width)] : []), ...lines];
}

/** A place below the current directory, or the end of its path. */
function place({ file, line, column }) {
  const below = file.startsWith(`${process.cwd()}/`) ? file.slice(process.cwd().length + 1) : file;
  return `${below}:${line}:${column}`;
}

function counted(count, what) {
  return `${number(count)} ${what}${count === 1 ? '' : 's'}`;
}

function number(count) {
  return count.toLocaleString('en-US');
}

function growth(perHour) {
  const rounded = Math.round(perHour);
  if (rounded === 0) return '–';
  const text = Math.abs(rounded) >= 1e6 ? `${(rounded / 1e6).toFixed(1)}M` : number(rounded);
  return rounded > 0 ? `+${text}` : text;
}

function signed(site, since) {
  const before = since.get(keyOf(site)) ?? 0;
  const change = countOf(site) - before;
  return change > 0 ? `+${number(change)}` : change === 0 ? '·' : number(change);
}

function cut(text, width) {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`;
}

/** The end of a path says more than its beginning. */
function cutLeft(text, width) {
  return text.length <= width ? text : `…${text.slice(text.length - width + 1)}`;
}

function fit(text, width, paint = (same) => same) {
  return paint(cut(text, width));
}

function baseName(file) {
  return file.slice(file.lastIndexOf('/') + 1);
}
