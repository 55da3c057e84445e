'use strict';

/** Starts as the environment says, and sees to the reports. Never throws. */

const path = require('node:path');
const { isMainThread } = require('node:worker_threads');
const { flightOf } = require('../base/flight.js');
const { fromEnvironment } = require('../base/options.js');

function startFromEnvironment(env) {
  try {
    const settings = fromEnvironment(env, warn);
    if (settings === null) return;
    const native = require('../base/native.js').load();
    const engine = require('../engine/engine.js').engineOf(native, null);
    // Loaded twice, by NODE_OPTIONS and by the program: the first one counts.
    if (engine.settings !== null) return;
    const signal = isMainThread ? reportSignal(settings) : null;
    aimReports(settings, signal, env);
    for (const option of ['allow', 'baseline']) settings[option] = usable(native, option, settings[option]);
    settings.flight = flightOf(env);
    engine.start(settings, globalThis);
    if (settings.report !== null || signal !== null) writeReports(native, engine, settings, signal);
  } catch (error) {
    warn(error?.message ?? String(error));
  }
}

/** What the environment says is accepted, unless that is wrong: a service runs on without. */
function usable(native, option, value) {
  try {
    require('../engine/allowed.js').allowedLeaks(native, { [option]: value });
    return value;
  } catch (error) {
    warn(`LEAKLINE_${option.toUpperCase()} is ignored: ${error.message}`);
    return null;
  }
}

/** A process has one report: its main thread sees to it. */
function aimReports(settings, signal, env) {
  if (!isMainThread) return Object.assign(settings, { report: null, asked: null, everyMs: null });
  const { allowedTarget, targetOf } = require('../base/report-target.js');
  settings.report = allowedTarget(settings.report, warn);
  keepFilesApart(settings.report, env);
  // Who asks for one by a signal wants it somewhere.
  settings.asked = signal === null ? null : settings.report ?? targetOf('stderr', env);
  settings.program = programOf(env);
}

/** Two processes must not write one file: of a tree of them, the first has the plain name. */
function keepFilesApart(report, env) {
  if (report?.file === undefined || report.file.includes('%p')) return;
  const first = env.LEAKLINE_FIRST;
  if (first === undefined) process.env.LEAKLINE_FIRST = String(process.pid);
  else if (first !== String(process.pid)) {
    const { dir, name, ext } = path.parse(report.file);
    report.file = path.join(dir, `${name}.%p${ext}`);
  }
}

/** What a person calls this process. */
function programOf(env) {
  const program = path.basename(process.argv[1] ?? path.basename(process.execPath));
  return env.NODE_UNIQUE_ID === undefined ? program : `${program}, cluster worker ${env.NODE_UNIQUE_ID}`;
}

/** The number and name of the signal that requests a report, and whether it does so of the heap; null without one. */
function reportSignal({ signal }) {
  if (signal === null) return null;
  const { SIGNAL_RULE, signalIn } = require('../base/signal.js');
  const asked = signalIn(signal);
  if (asked === undefined) {
    warn(`LEAKLINE_SIGNAL must be ${SIGNAL_RULE}; given ${JSON.stringify(signal)}; it is not used`);
    return null;
  }
  return [asked.number, asked.name, asked.retainers];
}

/**
 * The reports from now on, until recording stops. Signals are seen in native code: a listener of ours would be counted by
 * libraries that ask whether they are alone, and could not run while the event loop is blocked.
 */
function writeReports(native, engine, settings, signal) {
  const watch = () => native.watchSignals(...signal ?? []);
  watch();
  // Node puts its own handler in place of ours, and the system's with the last listener. The collector would see it within
  // a tenth of a second: too late for a listener that sends itself the signal again.
  engine.onSignalListener(watch);
  engine.onStop(() => native.unwatchSignals());
  if (settings.report === null) return;
  native.wantLastReport();
  engine.onStop(() => native.forgetLastReport());
  engine.onStop(require('../engine/at-exit.js').onExit(() => writeLast(native, engine)));
}

/** The process is at its end: the time to collect garbage, so that what is left is truly held. */
function writeLast(native, engine) {
  if (engine.settings === null) return;
  let failure = null;
  try {
    engine.look('report', { gc: true });
  } catch (error) {
    failure = `the last look failed: ${error?.message ?? error}`;
  }
  try {
    native.writeLastReport();
  } catch (error) {
    // Both mostly fail for the same reason: one line says it.
    failure = `the report could not be written: ${error?.message ?? error}`;
  }
  if (failure !== null) warn(failure);
}

/** Prints a warning of one or more lines. */
function warn(text) {
  const lines = text.split('\n').map((line) => require('../base/clean.js').clean(line));
  process.stderr.write(`leakline: ${lines.join('\n')}\n`);
}

module.exports = { startFromEnvironment };
