'use strict';

// What leakline says of its own memory, beside what the heaps of two processes say: one that records, and one that does the same
// without leakline. The heaps are V8's, after its garbage is collected, and malloc's, by glibc's own books.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFile, spawnSync } = require('node:child_process');
const { promisify } = require('node:util');
const { cleanEnvironment } = require('../../__test__/support/run');

const fixture = path.join(__dirname, '..', '..', '__test__', 'fixtures', 'service', 'own-memory.js');
/** What leakline says may be off by so much of what the heaps say … */
const OFF = 0.1;
/** … and by so much: what V8 compiles meanwhile, and keeps in malloc for later; … */
const OFF_BYTES = 320 * 1024;
/** … and this where scripts are made all the time. */
const OFF_BYTES_OF_SCRIPTS = 2 ** 20;

/**
 * Builds the addon that reads glibc's books, into a folder that goes with this process.
 * @returns {string | null} null where that is not possible
 */
function buildMallocAddon() {
  if (process.platform !== 'linux' || process.report.getReport().header.glibcVersionRuntime === undefined) return null;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakline-malloc-'));
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'malloc.node');
  const { status } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', file, path.join(__dirname, 'malloc.c')], { stdio: 'ignore' });
  return status === 0 ? file : null;
}

/**
 * @param {string} node the program
 * @param {string} addon see `buildMallocAddon`
 * @param {{ what: string, count: number, mode: string, env?: object }} how what is made, how much of it, and how it is recorded
 * @returns {Promise<{ idle: Figures, grown: Figures }>} at first, and by how much more at the end
 * @typedef {{ heap: number, malloc: number, claim: number }} Figures bytes in V8's heap and malloc's that leakline takes, and that it says
 */
async function measure(node, addon, { what, count, mode, env = {} }) {
  const looks = async (how) => {
    // V8 caches what was compiled by its source for as long as it likes.
    const args = ['--no-compilation-cache', fixture, what, String(count), how];
    const { stdout } = await promisify(execFile)(node, args, { env: { ...cleanEnvironment(), LEAKLINE_REPORT: 'none', MALLOC_ADDON: addon, ...env } });
    return stdout.trim().split('\n').map((line) => JSON.parse(line));
  };
  const [bare, recorded] = [await looks('bare'), await looks(mode)];
  const figures = (at) => ({ heap: recorded[at].heapUsed - bare[at].heapUsed, malloc: recorded[at].allocated - bare[at].allocated, claim: recorded[at].bytes });
  const [idle, end] = [figures(0), figures(1)];
  return { idle, grown: growth(idle, end) };
}

/** By how much more figures are than they were. */
function growth(before, { heap, malloc, claim }) {
  return { heap: heap - before.heap, malloc: malloc - before.malloc, claim: claim - before.claim };
}

/** What is wrong with figures of this name; null for nothing. `off` is in bytes. */
function wrongIn(name, { heap, malloc, claim }, off = OFF_BYTES) {
  const truth = heap + malloc;
  if (Math.abs(claim - truth) <= Math.abs(truth) * OFF + off) return null;
  return `${name}: the heaps have ${kib(truth)} for leakline, which says ${kib(claim)}`;
}

const kib = (bytes) => `${Math.round(bytes / 1024)} KiB`;

module.exports = { OFF_BYTES_OF_SCRIPTS, buildMallocAddon, growth, measure, wrongIn, kib };
