'use strict';

// Runs something in full mode in this process and says what leakline saw of it. The test runner makes listeners, timers
// and Maps as well: only what begins in a file below __test__, apart from this one, is looked at.

const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');

const leakline = require('../..');

const tests = path.join(__dirname, '..') + path.sep;

// As they are before any start: what a test waits by is not recorded.
const due = promisify(setTimeout);
const turn = promisify(setImmediate);

/**
 * Starts, runs `fn`, looks and stops.
 *
 * @param {(look: () => object) => unknown} fn is given a function that looks in between; a promise is awaited
 * @param {object} options as `start` takes them, full mode unless they say otherwise
 * @returns what `look` says at the end, with `result`: what `fn` returned or resolved to
 */
async function recording(fn, options = {}) {
  leakline.start({ mode: 'full', ...options });
  try {
    const result = await fn(look);
    return { result, ...look() };
  } finally {
    leakline.stop();
  }
}

/** A snapshot after a garbage collection, with the sites of tests only, and their counts by kind. */
function look() {
  const snapshot = leakline.snapshot({ gc: true });
  const sites = snapshot.sites.filter(({ origin }) => origin?.file.startsWith(tests) && origin.file !== __filename);
  const counts = {};
  for (const { kind, registered, released, collected, live } of sites) {
    const sum = (counts[kind] ??= { registered: 0, released: 0, collected: 0, live: 0 });
    sum.registered += registered;
    sum.released += released;
    sum.collected += collected;
    sum.live += live;
  }
  return { snapshot, sites, counts, notes: snapshot.notes };
}

/**
 * What a function leaves, as `'3 registered, 1 released, 2 live'`: easy to write in a table and to read in a failure.
 *
 * @param {string} kind
 * @param {() => unknown} fn what it returns is kept until leakline has looked
 */
async function tally(kind, fn, options) {
  const { counts, notes } = await recording(fn, options);
  const failures = notes.filter((note) => /not recorded|failed|not seen/.test(note));
  const { registered = 0, ...others } = counts[kind] ?? {};
  const parts = Object.entries({ registered, ...others }).filter(([, count]) => count !== 0);
  return [...parts.map(([name, count]) => `${count} ${name}`), ...failures].join(', ') || 'nothing';
}

/** The line of a file that has `// here: <mark>` at its end. */
function lineOf(file, mark) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.trimEnd().endsWith(`// here: ${mark}`));
  if (at < 0) throw new Error(`no line of ${file} is marked 'here: ${mark}'`);
  return at + 1;
}

/** The leaks that `check` finds in tests: `{ kind, label, line, growth, perIteration }` each. */
async function leaksOf(fn, options) {
  const { leaks } = await leakline.check(fn, options);
  return leaks
    .filter(({ origin }) => origin?.file.startsWith(tests))
    .map(({ kind, label, origin, growth, perIteration }) => ({ kind, label, line: origin.line, growth, perIteration }));
}

/** Resolves when timers of so many ms, set before, have fired and what they set off has run. */
async function later(ms = 1) {
  await due(ms + 1);
  await due(1);
  await turn();
  await turn();
}

module.exports = { leakline, recording, tally, leaksOf, lineOf, later, turn };
