'use strict';

/** Flight files: where they are, and what they hold. */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { error } = require('../../base/errors');
const { directoryOf } = require('../../base/flight');

const MAGIC = 'LKFLIGHT';
const NAME = /\.(\d+)\.(\d+)\.lkf$/;

/** Whether a file begins as flight files do; false where it cannot be read. */
function isFlightFile(file) {
  let fd;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    const head = Buffer.alloc(MAGIC.length);
    return fs.readSync(fd, head, 0, head.length, 0) === head.length && head.toString('latin1') === MAGIC;
  } catch {
    return false;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/**
 * What a flight file holds.
 * @param {string} file
 * @param {{ pid?: number, atUnixMs?: number, mark?: string, brief?: boolean }} [query]
 * @throws {LeaklineError} ERR_LEAKLINE_FLIGHT, naming the file
 */
function readFlight(file, query = {}) {
  const value = JSON.parse(native().readFlight(path.resolve(file), asked(query)));
  if (value.refused === undefined) return value;
  throw refusal(file, value);
}

/** The flight files of directories, the newest of each first, without sites. */
function listFlights(directories) {
  return directories.flatMap((directory) => JSON.parse(native().listFlights(directory, asked({}))));
}

/**
 * Where this user's flight files are: the directory itself, and those that leakline makes in one that is shared.
 * @param {string} [directory] the one that the environment names unless it is given
 */
function directories(directory = directoryOf(process.env)) {
  const own = entriesOf(directory).filter((entry) => entry.isDirectory() && /^leakline-\w+$/.test(entry.name));
  return [directory, ...own.map(({ name }) => path.join(directory, name))];
}

/**
 * The flight file of a process that runs, in this container or another one.
 * @param {number} pid
 * @returns {string | null}
 */
function fileOfProcess(pid) {
  const ticks = native().startTicks(pid);
  const pids = [pid, innerPidOf(pid)];
  const fits = (name) => {
    const [, own, started] = NAME.exec(name) ?? [];
    return pids.includes(Number(own)) && (ticks === null || Number(started) === ticks);
  };
  for (const directory of [...directories(), ...directoriesInside(pid)]) {
    const found = entriesOf(directory).find((entry) => entry.isFile() && fits(entry.name));
    if (found) return path.join(directory, found.name);
  }
  return null;
}

/**
 * A flight file by what a user names it: a process or a file.
 * @param {string} command for the hint
 * @param {string} text
 * @returns {{ file: string, pid?: number }}
 * @throws {LeaklineError} ERR_LEAKLINE_FLIGHT, ERR_LEAKLINE_PROCESS
 */
function target(text) {
  if (!/^\d+$/.test(text)) return { file: text };
  const pid = Number(text);
  const file = fileOfProcess(pid);
  if (file !== null) return { file, pid };
  throw error('ERR_LEAKLINE_PROCESS', pid, ...whyNone(pid));
}

/** Whether a process is there, be it another user's. One that has ended is not, though its parent has not heard of it yet. */
function isThere(pid) {
  try {
    process.kill(pid, 0);
  } catch (reason) {
    if (reason.code !== 'EPERM') return false;
  }
  return !/^State:\s+[ZX]/m.test(statusOf(pid));
}

/** A process's environment; null where it may not be read. */
function environmentOf(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/environ`, 'utf8');
    return Object.fromEntries(text.split('\0').filter((pair) => pair.includes('=')).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
  } catch {
    return null;
  }
}

module.exports = { isFlightFile, readFlight, listFlights, directories, fileOfProcess, target, isThere, environmentOf };

function native() {
  return require('../../base/native').load();
}

function asked(query) {
  return JSON.stringify({ host: process.env.HOSTNAME || os.hostname(), ...query });
}

function refusal(file, { refused, reason, fromUnixMs, untilUnixMs, names }) {
  const time = (ms) => new Date(ms).toISOString().replace('.000Z', 'Z');
  if (refused === 'time') {
    return error('ERR_LEAKLINE_FLIGHT', file, 'there is no state of that time in it', `It has states from ${time(fromUnixMs)} to ${time(untilUnixMs)}.`);
  }
  if (refused === 'mark') {
    const there = names.length === 0 ? "It has none: set one with 'leakline mark PID NAME'." : `It has ${names.map((name) => `'${name}'`).join(', ')}.`;
    return error('ERR_LEAKLINE_FLIGHT', file, 'there is no mark of that name in it', there);
  }
  return error('ERR_LEAKLINE_FLIGHT', file, reason, "Run 'leakline ps' for the flight files there are.");
}

/** Where a process of another container keeps its file, as seen from here. */
function directoriesInside(pid) {
  const root = `/proc/${pid}/root`;
  const env = environmentOf(pid);
  if (env === null) return [];
  const uid = ownerOf(pid);
  const chosen = path.join(root, directoryOf({ TMPDIR: '/tmp', ...env }).replace(/leakline-\w+$/, `leakline-${uid}`));
  return directories(chosen);
}

/** The pid that a process has in its own container. */
function innerPidOf(pid) {
  return Number(/^NSpid:.*\s(\d+)$/m.exec(statusOf(pid))?.[1] ?? pid);
}

/** What Linux says of a process; nothing elsewhere. */
function statusOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

function ownerOf(pid) {
  try {
    return fs.statSync(`/proc/${pid}`).uid;
  } catch {
    return 0;
  }
}

function entriesOf(directory) {
  try {
    return fs.readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

function whyNone(pid) {
  if (!isThere(pid)) return ['there is no such process', "Run 'leakline ps' for those that recorded and have ended, and name a file."];
  const env = environmentOf(pid);
  if (env === null && process.platform === 'linux') {
    return ['it is another user\'s, or in a container that this user may not look into', 'Run this as that user, or as root.'];
  }
  return ['it writes no flight file: leakline is off in it, has just started, or writes elsewhere',
    "Run 'leakline attach PID' to switch leakline on, or set LEAKLINE_DIR to where its files are."];
}
