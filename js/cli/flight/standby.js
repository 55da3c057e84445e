'use strict';

/** Asks a process that has leakline on standby: a request beside its marker, and its signal. */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: wait } = require('node:timers/promises');

const { error } = require('../../base/errors');
const { directories, environmentOf, fileOfProcess, readFlight } = require('./files');
const { catches, checkReachable, pidOf } = require('./reachable');
const { directoryOf } = require('../../base/flight');

const LIMIT_MS = 10_000;

/**
 * @param {'on' | 'off'} what
 * @param {string | undefined} text the pid
 * @param {object} [request] what else it says
 * @returns {Promise<{ pid: number, file: string }>}
 */
async function ask(what, text, request = {}) {
  const pid = pidOf(what, text);
  checkReachable(what, pid);
  const { marker, signal } = markerOf(pid);
  const file = fileOfProcess(pid);
  const isOn = file !== null && !readFlight(file, { pid, brief: true }).stopped;
  if (isOn === (what === 'on')) {
    throw error('ERR_LEAKLINE_PROCESS', pid, isOn ? 'it records already' : 'nothing records there', isOn ? `See 'leakline top ${pid}'.` : `Run 'leakline on ${pid}' to begin.`);
  }
  const wanted = marker.replace(/standby$/, 'request');
  fs.rmSync(wanted, { force: true });
  fs.writeFileSync(wanted, JSON.stringify({ do: what, ...request }), { mode: 0o600, flag: 'wx' });
  process.kill(pid, signal);
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await wait(50)) {
    const now = fileOfProcess(pid);
    if (now !== null && readFlight(now, { pid, brief: true }).stopped === (what === 'off')) return { pid, file: now };
  }
  fs.rmSync(wanted, { force: true });
  throw error('ERR_LEAKLINE_PROCESS', pid, 'it did not answer in time: its event loop is blocked, or it says on its standard error why not', `Run 'leakline attach ${pid}', which needs no event loop.`);
}

module.exports = { ask };

function markerOf(pid) {
  const refuse = (reason, hint) => {
    throw error('ERR_LEAKLINE_PROCESS', pid, reason, hint);
  };
  const ticks = require('../../base/native').load().startTicks(pid);
  const env = environmentOf(pid);
  const places = [...directories(), ...(env ? directories(directoryOf(env)) : [])];
  const found = places.flatMap((directory) => list(directory).filter((name) => name.endsWith(`.${pid}.${ticks}.standby`)).map((name) => path.join(directory, name)));
  if (found.length === 0) refuse('leakline is not on standby there', `Start it with LEAKLINE=standby, or run 'leakline attach ${pid}'.`);
  const [marker] = found;
  const stat = fs.lstatSync(marker);
  const signal = fs.readFileSync(marker, 'utf8').trim();
  if (!stat.isFile() || stat.uid !== process.geteuid() || os.constants.signals[signal] === undefined) {
    refuse(`${marker} is not what a process on standby leaves`, 'Remove it.');
  }
  // Without a handler the signal would end the process.
  if (!catches(pid, os.constants.signals[signal])) refuse(`it does not listen to ${signal} any more`, `Run 'leakline attach ${pid}'.`);
  return { marker, signal };
}

function list(directory) {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}
