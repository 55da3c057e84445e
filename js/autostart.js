'use strict';

/** Starts as the environment says, and sees to the report at the end. Never throws. */

const os = require('node:os');
const { isMainThread } = require('node:worker_threads');
const { fromEnvironment, targetOf } = require('./options.js');

function startFromEnvironment(env) {
  try {
    const settings = fromEnvironment(env, warn);
    if (settings === null) return;
    const native = require('./native.js').load();
    const engine = require('./engine.js').engineOf(native);
    // Loaded twice, by NODE_OPTIONS and by the program: the first one counts.
    if (engine.settings !== null) return;
    if (isMainThread) {
      // Before the hooks, so that these listeners are not recorded.
      if (settings.report !== null) reportAtEnd(native, engine, settings);
      if (settings.signal !== null) reportOnSignal(native, engine, settings);
    }
    engine.start(settings);
  } catch (error) {
    warn(error?.message ?? String(error));
  }
}

function reportAtEnd(native, engine, settings) {
  // Two processes must not write one file: of a tree of them, the first has the plain name.
  const { file } = settings.report;
  if (file !== undefined) {
    const first = process.env.LEAKLINE_FIRST;
    if (first !== undefined && first !== String(process.pid)) settings.report.file = withPid(file);
    else process.env.LEAKLINE_FIRST = String(process.pid);
  }
  process.on('exit', () => write(native, engine, undefined));
  // Who listens to these signals ends the process by itself, which is an exit like any other.
  native.watchSignals(process.listenerCount('SIGTERM') === 0, process.listenerCount('SIGINT') === 0);
}

function withPid(file) {
  const at = file.lastIndexOf('.');
  return at > file.lastIndexOf('/') ? `${file.slice(0, at)}.${process.pid}${file.slice(at)}` : `${file}.${process.pid}`;
}

function reportOnSignal(native, engine, settings) {
  const { signal } = settings;
  if (os.constants.signals[signal] === undefined || ['SIGKILL', 'SIGSTOP'].includes(signal)) {
    warn(`LEAKLINE_SIGNAL must be a signal that can be caught, such as SIGUSR2; given ${JSON.stringify(signal)}; it is left out`);
    return;
  }
  const target = JSON.stringify(settings.report ?? targetOf('stderr'));
  process.on(signal, () => write(native, engine, target));
}

function write(native, engine, target) {
  if (engine.settings === null) return;
  try {
    engine.look('report');
    native.writeReport(target);
  } catch (error) {
    warn(`the report could not be written: ${error?.message ?? error}`);
  }
}

function warn(line) {
  process.stderr.write(`leakline: ${line}\n`);
}

module.exports = { startFromEnvironment };
