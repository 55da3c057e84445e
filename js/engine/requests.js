'use strict';

/** Looks at the heap that somebody requests from outside: by a signal, or by a file that `leakline retainers PID` leaves. */

const fs = require('node:fs');

const { error, isLeaklineError } = require('../base/errors.js');
const { retainers } = require('./retainers.js');

const TOP = 10;

/**
 * @param {object} native the addon
 * @param {import('./session.js').Session} session
 * @returns {() => void} to be called every tick
 */
function createRequests(native, session) {
  return () => {
    const text = native.takeRequest();
    if (text !== null) answer(native, session, JSON.parse(text)).catch((reason) => warn(reason));
  };
}

module.exports = { createRequests };

/** @param {{ ask: string | null, answer: string | null, signal: string | null }} request */
async function answer(native, session, { ask, answer: file, signal }) {
  // Who sets the variable that names the signal allows the pause, unless it is not needed.
  if (file === null) {
    const found = await retainers(native, session, { top: TOP, pause: process.env.LEAKLINE_FORK !== '1' });
    const { asked, report, program = '' } = session.settings;
    const target = asked ?? report ?? { text: { cwd: process.cwd() } };
    return native.writeRetainers(JSON.stringify(found), JSON.stringify(target), signal ?? 'request', program);
  }
  write(file, await answered(native, session, ask));
}

async function answered(native, session, ask) {
  try {
    const { of, top = TOP, pause = false } = JSON.parse(ask);
    if (of !== undefined && typeof of !== 'string') throw error('ERR_LEAKLINE_RETAINERS', 'the request is none of leakline\'s', 'Use the same version of leakline.');
    return await retainers(native, session, { of, top, pause });
  } catch (reason) {
    const known = isLeaklineError(reason) ? reason : error('ERR_LEAKLINE_RETAINERS', reason?.message ?? String(reason), 'Use the same version of leakline.');
    return { error: { code: known.code, args: known.args } };
  }
}

/** The directory is this user's own. */
function write(file, value) {
  const unfinished = `${file}.new`;
  fs.rmSync(unfinished, { force: true });
  fs.writeFileSync(unfinished, JSON.stringify(value), { mode: 0o600, flag: 'wx' });
  fs.renameSync(unfinished, file);
}

function warn(reason) {
  process.stderr.write(`leakline: ${reason?.message ?? reason}\n`);
}
