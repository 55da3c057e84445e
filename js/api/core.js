'use strict';

/** What the public api does, in the main realm, for each realm that asks. */

const { error } = require('../base/errors.js');
const { sendMoved } = require('../recording/positions.js');

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
  };
  for (const [name, { length }] of Object.entries({ start, stop, isStarted, snapshot, diff, check, track, report })) {
    Object.defineProperties(api[name], { name: { value: name }, length: { value: Math.min(length, 2) } });
  }
  return api;
}

/** The flight recorder is for services: a sandbox is a test runner's. */
function flightFor(realm) {
  return realm === globalThis ? require('../base/flight.js').flightOf(process.env) : null;
}

function start(options, realm, flight = null) {
  const { fromOptions, sameSettings, shown } = require('../base/options.js');
  const settings = { ...fromOptions(options), flight };
  const { settings: current } = load();
  if (current === null) engine.start(settings, realm);
  else if (engine.isWatching) engine.resume(realm);
  else if (!sameSettings(current, settings)) throw error('ERR_LEAKLINE_STARTED', shown(current), shown(settings));
  else engine.adopt(realm);
}

function stop() {
  load().stop();
}

function isStarted() {
  return load().settings !== null;
}

const isBoolean = { rule: 'true or false', test: (value) => typeof value === 'boolean' };
const SNAPSHOT_OPTIONS = { gc: isBoolean, census: isBoolean };

function snapshot(options, realm) {
  const { gc, census } = checked(options, SNAPSHOT_OPTIONS);
  if (load().settings !== null) engine.adopt(realm);
  asking(() => engine.look('snapshot', { gc }));
  const counted = census ? require('../census/snapshot.js').censusOf(realm, engine.settings.minSize, native) : null;
  const take = () => ({ ...JSON.parse(asking(() => native.snapshot())), ...(counted === null ? {} : { census: counted }) });
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
  const checked = checkOptions(fn, options);
  load();
  const isOurs = engine.settings === null;
  if (isOurs) {
    start({ mode: 'full' }, realm);
    const what = checked.census ? 'a listener of a module' : 'a Map of a module';
    native.note(`recording began with this check: what was made before it, such as ${what}, is not seen`);
  }
  engine.adopt(realm);
  const own = engine.beginCheck();
  try {
    return await check(native, engine, fn, checked, realm, own);
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
  if (typeof what?.kind !== 'string' || what.kind === '') {
    throw error('ERR_LEAKLINE_OPTION', 'what.kind', 'a name', what?.kind, "Name the resource's kind, such as { kind: 'connection' }.");
  }
  if (what.label !== undefined && typeof what.label !== 'string') {
    throw error('ERR_LEAKLINE_OPTION', 'what.label', 'a string', what.label);
  }
  const { overdue } = require('../base/options.js');
  if (what.maxHoldMs !== undefined && !overdue.test(what.maxHoldMs)) {
    throw error('ERR_LEAKLINE_OPTION', 'what.maxHoldMs', overdue.rule, what.maxHoldMs);
  }
  return load().track(resource, what, hook);
}

const REPORT_OPTIONS = {
  format: { rule: "'text' or 'json'", test: (value) => value === 'text' || value === 'json' },
  color: isBoolean,
  width: { rule: 'an integer from 60 to 1000', test: (value) => Number.isInteger(value) && value >= 60 && value <= 1000 },
  all: isBoolean,
  allFrames: isBoolean,
  source: isBoolean,
};

function report(what, options) {
  const given = checked(options, REPORT_OPTIONS);
  load();
  // Whose report this is nobody knows: a frame in it may name any file of this machine.
  const source = given.source === false ? 'none' : 'below';
  const ask = JSON.stringify({ ...given, source, cwd: process.cwd() });
  return reading(() => native.report(text(what, 'what'), ask), 'what');
}

/** The options that are given, each by its rule. */
function checked(options = {}, table) {
  if (typeof options !== 'object' || options === null) throw error('ERR_LEAKLINE_OPTION', 'options', 'an object', options);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!Object.hasOwn(table, name)) {
      throw error('ERR_LEAKLINE_OPTION', 'options', `made of ${Object.keys(table).join(', ')}`, name);
    }
    if (!table[name].test(value)) throw error('ERR_LEAKLINE_OPTION', name, table[name].rule, value);
  }
  return Object.fromEntries(given);
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

module.exports = { apiFor, loaded };
