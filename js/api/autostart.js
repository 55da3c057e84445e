'use strict';

/** Starts as the environment says, and sees to the report at the end. Never throws. */

const path = require('node:path');
const { isMainThread } = require('node:worker_threads');
const { flightOf } = require('../base/flight.js');
const { fromEnvironment, targetOf } = require('../base/options.js');

function startFromEnvironment(env) {
  try {
    const settings = fromEnvironment(env, warn);
    if (settings === null) return;
    const native = require('../base/native.js').load();
    const engine = require('../engine/engine.js').engineOf(native, null);
    // Loaded twice, by NODE_OPTIONS and by the program: the first one counts.
    if (engine.settings !== null) return;
    // Before the hooks, so that these listeners are not recorded.
    const ends = isMainThread ? [...reportAtEnd(native, engine, settings), ...reportOnSignal(native, engine, settings)] : [];
    settings.known = usable(native, settings.known);
    settings.flight = flightOf(env);
    try {
      engine.start(settings, globalThis);
    } catch (error) {
      ends.forEach((end) => end());
      throw error;
    }
    ends.forEach((end) => engine.onStop(end));
  } catch (error) {
    warn(error?.message ?? String(error));
  }
}

/** What is known as the environment says it, unless that is wrong: a service runs on without. */
function usable(native, known) {
  try {
    require('../engine/known.js').knownLeaks(native, known);
    return known;
  } catch (error) {
    warn(`LEAKLINE_KNOWN is left out: ${error.message}`);
    return null;
  }
}

/** The report at the end, however orderly that is. Returns how to take it back. */
function reportAtEnd(native, engine, settings) {
  if (settings.report === null) return [];
  keepFilesApart(settings.report);
  // Who listens to these signals ends the process by itself, which is an exit like any other. For
  // whoever does not they are watched in native code: a listener of ours would be counted by
  // libraries that ask whether they are alone, and could not run while the event loop is blocked.
  const watch = () => native.watchSignals(process.listenerCount('SIGTERM') === 0, process.listenerCount('SIGINT') === 0);
  watch();
  return [
    // The process is at its end: the time to collect garbage, so that what is left is truly held.
    listen('exit', () => write(native, engine, undefined, { gc: true })),
    // With the last listener Node puts the system's own handling back, in place of ours.
    listen('removeListener', (event) => {
      if ((event === 'SIGTERM' || event === 'SIGINT') && engine.settings !== null) watch();
    }),
    () => native.unwatchSignals(),
  ];
}

/** Two processes must not write one file: of a tree of them, the first has the plain name. */
function keepFilesApart(report) {
  if (report.file === undefined || report.hasPid) return;
  const first = process.env.LEAKLINE_FIRST;
  if (first === undefined) process.env.LEAKLINE_FIRST = String(process.pid);
  else if (first !== String(process.pid)) {
    const { dir, name, ext } = path.parse(report.file);
    report.file = path.join(dir, `${name}.${process.pid}${ext}`);
  }
}

function reportOnSignal(native, engine, settings) {
  const { signal } = settings;
  if (signal === null) return [];
  const { signals } = require('node:os').constants;
  if (signals[signal] === undefined || ['SIGKILL', 'SIGSTOP'].includes(signal)) {
    warn(`LEAKLINE_SIGNAL must be a signal that can be caught, such as SIGUSR2; given ${JSON.stringify(signal)}; it is left out`);
    return [];
  }
  const target = JSON.stringify(settings.report ?? targetOf('stderr'));
  // Somebody asks, and wants to know what is held: that is worth the pause of a collection.
  return [listen(signal, () => write(native, engine, target, { gc: true }))];
}

function listen(event, listener) {
  process.on(event, listener);
  return () => process.off(event, listener);
}

function write(native, engine, target, how) {
  if (engine.settings === null) return;
  try {
    engine.look('report', how);
    native.writeReport(target);
  } catch (error) {
    warn(`the report could not be written: ${error?.message ?? error}`);
  }
}

function warn(line) {
  process.stderr.write(`leakline: ${line}\n`);
}

module.exports = { startFromEnvironment };
