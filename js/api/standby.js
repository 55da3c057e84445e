'use strict';

/**
 * LEAKLINE=standby: one listener for a signal and a marker file, until `leakline on PID` asks. Nothing native is loaded and
 * nothing patched before. The signal without a request beside the marker is somebody else's, whose listeners get it too.
 */

// Only what Node has loaded at its start: its module for workers alone takes half a MiB.
const fs = require('node:fs');
const path = require('node:path');

const { directoryOf } = require('../base/flight.js');
const { makeFolder } = require('../base/make-folder.js');

const SIGNAL = 'SIGUSR2';

/** Waits for a request. Never throws. */
function standBy(env) {
  // Node replaces it in workers, where no signal arrives.
  if (process.chdir.disabled) return;
  const signal = env.LEAKLINE_STANDBY_SIGNAL || SIGNAL;
  if (!canBeCaught(signal)) {
    warn(`LEAKLINE_STANDBY_SIGNAL must be a signal that can be caught, and not SIGUSR1, which is Node's own; given ${JSON.stringify(signal)}; leakline stays off`);
    return;
  }
  try {
    const directory = ownDirectory(directoryOf(env));
    const marker = path.join(directory, `${nameOf(env)}.standby`);
    removeStale(directory);
    remove(marker);
    const fd = fs.openSync(marker, 'wx', 0o600);
    fs.writeSync(fd, `${signal}\n`);
    fs.closeSync(fd);
    process.on(signal, () => answer(marker.replace(/standby$/, 'request'), directory));
  } catch (error) {
    warn(`${error.message}; leakline stays off`);
  }
}

module.exports = { standBy };

function canBeCaught(signal) {
  if (signal === SIGNAL && process.platform !== 'win32') return true;
  return require('node:os').constants.signals[signal] !== undefined && !['SIGKILL', 'SIGSTOP', 'SIGUSR1'].includes(signal);
}

function remove(file) {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

/** Takes the request, if there is one, and does what it says. */
function answer(file, directory) {
  const request = taken(file);
  if (request === null) return;
  try {
    const { begin, end } = require('./attach.js');
    if (request.do === 'off') end();
    else begin({ by: 'switched on', mode: request.mode, directory });
  } catch (error) {
    warn(error.message);
  }
}

function taken(file) {
  try {
    const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    try {
      const found = fs.fstatSync(fd);
      if (!found.isFile() || found.uid !== process.getuid() || found.size > 1024) return null;
      const request = JSON.parse(fs.readFileSync(fd, 'utf8'));
      return ['on', 'off'].includes(request.do) ? request : null;
    } finally {
      fs.closeSync(fd);
      remove(file);
    }
  } catch {
    return null;
  }
}

/** Markers of processes that are gone. */
function removeStale(directory) {
  const host = hostOf(process.env);
  for (const name of fs.readdirSync(directory)) {
    const [, pid] = /\.(\d+)\.\d+\.standby$/.exec(name) ?? [];
    if (pid !== undefined && name.startsWith(`${host}.`) && !fs.existsSync(`/proc/${pid}`)) remove(path.join(directory, name));
  }
}

function hostOf(env) {
  return (env.HOSTNAME || fs.readFileSync('/proc/sys/kernel/hostname', 'utf8').trim()).replace(/[^A-Za-z0-9-]/g, '_').slice(0, 64) || 'host';
}

/** The name that the flight file will have. */
function nameOf(env) {
  const stat = fs.readFileSync('/proc/self/stat', 'utf8');
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return `${hostOf(env)}.${process.pid}.${ticks}`;
}

/** As the recorder has it: the user's own, and nobody else's to write to; in a shared one a directory within. */
function ownDirectory(wanted) {
  makeFolder(wanted, 0o700);
  if (isOwn(wanted)) return wanted;
  const own = path.join(wanted, `leakline-${process.getuid()}`);
  makeFolder(own, 0o700);
  if (isOwn(own)) return own;
  throw new Error(`${own} must be this user's own directory, which nobody else can write to`);
}

function isOwn(directory) {
  const found = fs.lstatSync(directory);
  if (!found.isDirectory()) throw new Error(`${directory} must be a directory and no link`);
  return found.uid === process.getuid() && (found.mode & 0o022) === 0;
}

function warn(line) {
  process.stderr.write(`leakline: ${line}\n`);
}
