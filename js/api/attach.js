'use strict';

/**
 * leakline in a process that runs already: loaded there by `leakline attach`, through the inspector, or by a signal in one
 * that has it on standby. What it returns goes back as JSON.
 */

const { flightOf } = require('../base/flight.js');
const { fromEnvironment } = require('../base/options.js');

/**
 * Begins to record.
 * @param {{ by: string, mode: string, directory?: string, census?: boolean }} how `by`: how it came to that, in a sentence
 * @returns {{ recorded: boolean, dir: string | null, census?: object }} `recorded`: whether it did so before
 */
function begin({ by, mode, directory, census = false }) {
  const native = require('../base/native.js').load();
  const engine = require('../engine/engine.js').engineOf(native, null);
  if (engine.settings !== null) return { recorded: true, dir: engine.settings.flight?.dir ?? null };
  const env = { ...process.env, LEAKLINE: mode, LEAKLINE_REPORT: 'none', ...(directory ? { LEAKLINE_FLIGHT: directory } : {}) };
  const settings = fromEnvironment(env, () => {});
  settings.report = null;
  Object.assign(settings, { allow: null, baseline: null });
  settings.flight = flightOf(env);
  const sentence = `${by} ${new Date().toISOString().replace(/\.\d+Z$/, 'Z')}; what was made before is not seen`;
  if (settings.flight) Object.assign(settings.flight, { atOnce: true }).identity.attached = sentence;
  engine.start(settings, globalThis);
  native.note(sentence);
  return { recorded: false, dir: settings.flight?.dir ?? null, ...(census ? { census: older() } : {}) };
}

/** Ends recording; false where nothing recorded. */
function end() {
  const native = require('../base/native.js').load();
  const engine = require('../engine/engine.js').engineOf(native, null);
  if (engine.settings === null) return false;
  engine.stop();
  return true;
}

module.exports = { begin, end };

/** The collections that were there before, without the stacks that made them. */
function older() {
  const { snapshot } = require('./core.js').apiFor(globalThis);
  return snapshot({ census: true }).census;
}
