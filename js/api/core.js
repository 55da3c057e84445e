'use strict';

/** What the public api does, in the main realm, for each realm that asks. */

const { error } = require('../base/errors.js');
const { handleOf } = require('../base/handle.js');
const { checked, fromOptions, sameSettings, shown } = require('../base/options.js');
const { sendMoved } = require('../recording/positions.js');
const { parse } = require('../base/primordials.js');

let engine = null;
let native = null;
/** What `engineOf` made for this load; another load's may be the one that records. */
let own = null;

function load() {
  native ??= require('../base/native.js').load();
  engine = require('../engine/engine.js').engineOf(native, own);
  own ??= engine;
  return engine;
}

/** The api for a realm: whatever it asks for, its own Map, Set and timers are recorded. */
function apiFor(realm) {
  const api = {
    start: (options) => start(options, realm, flightFor(realm)),
    stop,
    isStarted,
    snapshot: (options) => snapshot(options, realm),
    diff,
    check: (fn, options) => check(fn, options, realm),
    track: (resource, what) => track(resource, what, api.track),
    report,
    metrics,
    registerMetrics,
    mark,
    retainers,
  };
  for (const [name, { length }] of Object.entries({ start, stop, isStarted, snapshot, diff, check, track, report, metrics, registerMetrics, mark, retainers })) {
    Object.defineProperties(api[name], { name: { value: name }, length: { value: Math.min(length, 2) } });
  }
  return api;
}

/** The flight recorder is for services: a sandbox is a test runner's. */
function flightFor(realm) {
  return realm === globalThis ? require('../base/flight.js').flightOf(process.env) : null;
}

function start(options, realm, flight = null) {
  const settings = { ...fromOptions(options), flight };
  const { settings: current } = load();
  if (current === null) engine.start(settings, realm);
  else if (engine.isWatching) engine.resume(realm);
  else if (!sameSettings(current, settings)) throw error('ERR_LEAKLINE_STARTED', shown(current), shown(settings));
  else engine.adopt(realm);
  // Only the start that began the recording may end it.
  const begun = current === null ? engine.settings : null;
  return handleOf('stop', () => {
    if (begun !== null && load().settings === begun) stop();
  });
}

function stop() {
  load().stop();
}

function isStarted() {
  try {
    return load().settings !== null;
  } catch {
    // Without an addon nothing is recorded.
    return false;
  }
}

function snapshot(options, realm) {
  const { gc, census } = checked('snapshot', options);
  if (load().settings !== null) engine.adopt(realm);
  asking(() => engine.look('snapshot', { gc }));
  const counted = census ? require('../census/snapshot.js').censusOf(realm, engine.settings.minSize, native) : null;
  const take = () => ({ ...parse(asking(() => native.snapshot())), ...(counted === null ? {} : { census: counted }) });
  const taken = take();
  // A sandbox is a test runner's. In a service nothing of the program's is called for leakline's stacks.
  if (realm === globalThis || !sendMoved(native, taken.sites.flatMap(({ stack }) => stack), realm)) return taken;
  return take();
}

function diff(before, after) {
  load();
  return JSON.parse(reading(() => native.diff(text(before, 'before'), text(after, 'after')), 'before or after'));
}

async function check(fn, options, realm) {
  const { check, checkOptions } = require('../engine/check.js');
  const { RECORDING } = require('../engine/checks.js');
  const given = checkOptions(fn, options);
  load();
  const isOurs = engine.settings === null;
  if (isOurs) {
    start(RECORDING, realm);
    const what = given.census ? 'a listener of a module' : 'a Map of a module';
    native.note(`recording began with this check: what was made before it, such as ${what}, is not seen`);
  }
  engine.adopt(realm);
  const own = engine.beginCheck();
  try {
    return await check(native, engine, fn, given, realm, own);
  } catch (reason) {
    throw coded(reason);
  } finally {
    own.end();
    if (isOurs) engine.stop();
  }
}

function track(resource, what, hook) {
  if ((typeof resource !== 'object' && typeof resource !== 'function') || resource === null) {
    throw error('ERR_LEAKLINE_OPTION', 'resource', 'an object', resource, 'Pass what is to be watched, such as a connection: its garbage collection counts as an end.');
  }
  const { kind, label, maxHoldMs } = checked('track', what, 'what');
  return load().track(resource, { kind, label, maxHoldMs }, hook);
}

function mark(name) {
  const { isMarkName, MARK_RULE } = require('../base/flight.js');
  if (!isMarkName(name)) throw error('ERR_LEAKLINE_OPTION', 'name', MARK_RULE, name, 'Choose a name that a command can take, such as deploy-42.');
  if (load().settings === null) throw error('ERR_LEAKLINE_NOT_STARTED', 'mark');
  native.mark(name);
}

async function retainers(options) {
  const given = checked('retainers', options);
  try {
    return await load().retainers(given);
  } catch (reason) {
    throw coded(reason);
  }
}

function report(what, options) {
  const given = checked('report', options);
  load();
  // The report may come from anywhere: a frame in it may name any file of this machine.
  const source = given.source === false ? 'none' : 'below';
  const ask = JSON.stringify({ ...given, source, cwd: process.cwd() });
  return reading(() => native.report(text(what, 'what'), ask), 'what');
}

function metrics(options) {
  const { openMetrics } = checked('metrics', options);
  if (load().settings === null) throw error('ERR_LEAKLINE_NOT_STARTED', 'metrics');
  return asking(() => native.metrics(openMetrics));
}

function registerMetrics(client, registry) {
  if (load().settings === null) throw error('ERR_LEAKLINE_NOT_STARTED', 'registerMetrics');
  const schema = () => JSON.parse(native.metricSchema());
  require('./metrics.js').registerMetrics({ schema, families, isRecording: isStarted }, client, registry);
  expectFamilies();
}

/** What `metrics()` says, as a list of families. */
function families() {
  return JSON.parse(asking(() => native.metricFamilies()));
}

/** The families are prepared from now on, so that nobody waits for the first. */
function expectFamilies() {
  if (isStarted()) native.wantMetricFamilies();
}

function text(value, name) {
  if (typeof value !== 'object' || value === null) throw error('ERR_LEAKLINE_SNAPSHOT', name, 'it is no object');
  return JSON.stringify(value);
}

function asking(ask) {
  try {
    return ask();
  } catch (reason) {
    throw coded(reason);
  }
}

/** The collector that does not answer is an error with a code; any other error stays what it is. */
function coded(reason) {
  return reason?.code === 'GenericFailure' ? error('ERR_LEAKLINE_COLLECTOR', reason.message) : reason;
}

function reading(read, name) {
  try {
    return read();
  } catch (reason) {
    if (reason?.code?.startsWith('ERR_LEAKLINE_')) throw reason;
    throw error('ERR_LEAKLINE_SNAPSHOT', name, reason?.message ?? String(reason));
  }
}

/** The addon and the engine, for what else lives in the main realm. */
function loaded() {
  load();
  return { native, engine };
}

module.exports = { apiFor, loaded, isRecording: isStarted, families, expectFamilies };
