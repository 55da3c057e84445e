'use strict';

/** Where leakline writes, as checks. Nothing is written for them. */

const fs = require('node:fs');
const path = require('node:path');

const { directoryOf } = require('../../base/flight');
const { targetOf } = require('../../base/report-target');
const { bytes } = require('../flight/words');

const OFF = ['0', 'off', 'false'];
/** Below this a flight file, or a report, may not find room. */
const ROOM = 64 * 2 ** 20;

/**
 * @param {Record<string, string | undefined>} env
 * @returns {{ state: 'ok' | 'note' | 'bad', name: string, text: string, hint?: string }[]}
 */
function files(env) {
  return [...flight(env), ...report(env)];
}

module.exports = { files };

function flight(env) {
  const name = 'flight files';
  if (OFF.includes((env.LEAKLINE_FLIGHT ?? '').trim().toLowerCase())) {
    return [{ state: 'note', name, text: 'off by LEAKLINE_FLIGHT: nothing is kept when the process dies' }];
  }
  return [writable(name, directoryOf(env), 'Name a directory that the service may write in LEAKLINE_FLIGHT.')];
}

function report(env) {
  const name = 'reports';
  const target = targetOf(env.LEAKLINE_REPORT, env);
  if (target === null) return [{ state: 'note', name, text: 'none, by LEAKLINE_REPORT' }];
  if (target.file === undefined) return [{ state: 'ok', name, text: `to ${target.stdout ? 'standard output' : 'standard error'} when the process ends` }];
  return [writable(name, path.dirname(target.file), 'Name a file in LEAKLINE_REPORT that the service may write.')];
}

/** Whether a directory, or its nearest existing parent, can be written and has room. */
function writable(name, directory, hint) {
  let there = directory;
  while (!fs.existsSync(there) && path.dirname(there) !== there) there = path.dirname(there);
  try {
    fs.accessSync(there, fs.constants.W_OK | fs.constants.X_OK);
    if (!fs.statSync(there).isDirectory()) return { state: 'bad', name, text: `${there} is no directory`, hint };
    const { bavail, bsize } = fs.statfsSync(there);
    const text = `${directory}${there === directory ? '' : ', which leakline will create'}; ${bytes(bavail * bsize)} free`;
    return bavail * bsize < ROOM ? { state: 'bad', name, text, hint: 'Make room: a full disk ends the flight file.' } : { state: 'ok', name, text };
  } catch (reason) {
    return { state: 'bad', name, text: `${directory} cannot be written (${reason.code})`, hint };
  }
}
