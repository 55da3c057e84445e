'use strict';

/** The text that functions and classes were compiled from, as V8 has it, and whose it is. */

const { sep, join } = require('node:path');
const { Map } = require('../base/originals.js');
const { pathOf } = require('../base/urls.js');
const { masked, positionAt } = require('./text.js');

const ourFolder = join(__dirname, '..') + sep;
const { toString } = Function.prototype;

/** Masking a text reads it character by character: of a larger one no line is looked for. */
const MAX_TEXT = 4 * 1024 * 1024;

/** By frame: where in which script it is. */
const spots = new WeakMap();

/**
 * @typedef {object} Source
 * @property {string} scriptId
 * @property {string} file
 * @property {string} text
 * @property {string} code the text without comments and strings
 */

/** @param {import('./inspector.js').Inspector} inspector */
function createSources(inspector) {
  const loaded = new Map();

  /** @returns {Source} */
  function source(scriptId) {
    let known = loaded.get(scriptId);
    if (known === undefined) {
      const text = inspector.source(scriptId);
      let code = null;
      known = { scriptId, file: pathOf(inspector.scripts().get(scriptId)?.url ?? ''), text, get code() { return (code ??= text.length > MAX_TEXT ? '' : masked(text)); } };
      loaded.set(scriptId, known);
    }
    return known;
  }

  /** Where a function was written; null for what is no script's. */
  function locationOf(maker) {
    const { internalProperties = [] } = inspector.propertiesOf(inspector.idOf(maker));
    return locationIn(internalProperties);
  }

  return {
    source,
    locationOf,

    /** The range of its script that is a class's or function's text. */
    rangeOf(maker) {
      const location = locationOf(maker);
      if (location === null) return null;
      const script = source(location.scriptId);
      const own = toString.call(maker);
      const at = offsetOf(script.text, location);
      let start = script.text.lastIndexOf(own, at);
      if (start < 0 || start + own.length < at) start = script.text.indexOf(own);
      return start < 0 ? null : { script, start, end: start + own.length };
    },

    /** Whose code a script is. */
    ownerOfScript: (scriptId) => ownerOf(pathOf(inspector.scripts().get(scriptId)?.url ?? '')),

    /** The script of a file, the one loaded last; null when there is none. */
    ofFile(file) {
      let found = null;
      for (const { scriptId, url } of inspector.scripts().values()) if (pathOf(url) === file) found = scriptId;
      return found === null ? null : source(found);
    },

    /** The scripts of the application, each file once: the one loaded last. */
    ofApplication() {
      const byFile = new Map();
      for (const { scriptId, url } of inspector.scripts().values()) {
        const file = pathOf(url);
        if (ownerOf(file) === 'application') byFile.set(file, scriptId);
      }
      return [...byFile.values()].map(source);
    },
  };
}

/** Among what V8 has inside of a function. */
function locationIn(internalProperties) {
  return internalProperties.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value ?? null;
}

/** @returns {'application' | 'package' | 'node' | 'leakline' | null} null for what has no file */
function ownerOf(file) {
  if (file.startsWith('node:')) return 'node';
  if (file.startsWith(ourFolder)) return 'leakline';
  if (file === '' || file.startsWith('<') || file.startsWith('evalmachine')) return null;
  return /[\\/]node_modules[\\/]/.test(file) ? 'package' : 'application';
}

function offsetOf(text, { lineNumber, columnNumber }) {
  let at = 0;
  for (let line = 0; line < lineNumber; line++) at = text.indexOf('\n', at) + 1;
  return at + columnNumber;
}

/** @returns {import('../index.js').Frame} */
function frameAt(script, at, name) {
  const frame = { function: name, file: script.file, ...positionAt(script.text, at) };
  spots.set(frame, { scriptId: script.scriptId, at });
  return frame;
}

/** @returns {{ scriptId: string, at: number }} where `frameAt` has put a frame */
const spotOf = (frame) => spots.get(frame);

module.exports = { createSources, locationIn, offsetOf, ownerOf, frameAt, spotOf };
