'use strict';

/**
 * Where frames really are, of code that was transformed in memory: test runners and loaders install
 * an `Error.prepareStackTrace` that follows their source maps. It is shown call sites that hold
 * nothing but a position, and what it prints is read back.
 */

const { findSourceMap } = require('node:module');
const { isAbsolute } = require('node:path');
const { fileURLToPath } = require('node:url');
const { Map, Set, apply } = require('../base/originals.js');
const { forEach, includes, matches, splice, split, startsWith, stringify } = require('../base/primordials.js');
const { noteOnce } = require('../base/internal-errors.js');
const { mainGlobal } = require('../base/realm.js');

/** A call site of a frame, with every method that V8's have. */
class Position {
  #frame;

  constructor(frame) {
    this.#frame = frame;
  }

  getFileName() { return this.#frame.file; }
  getScriptNameOrSourceURL() { return this.#frame.file; }
  getLineNumber() { return this.#frame.line; }
  getColumnNumber() { return this.#frame.column; }
  getFunctionName() { return null; }
  getThis() { return undefined; }
  getTypeName() { return null; }
  getFunction() { return undefined; }
  getMethodName() { return null; }
  getEvalOrigin() { return undefined; }
  getEnclosingLineNumber() { return this.#frame.line; }
  getEnclosingColumnNumber() { return this.#frame.column; }
  getPosition() { return 0; }
  getPromiseIndex() { return null; }
  getScriptHash() { return ''; }
  isToplevel() { return true; }
  isEval() { return false; }
  isNative() { return false; }
  isConstructor() { return false; }
  isAsync() { return false; }
  isPromiseAll() { return false; }
  toString() {
    const { file, line, column } = this.#frame;
    return `${file}:${line}:${column}`;
  }
}

/** Frames asked about at a time; whoever asks waits for the answer. */
const MOST = 2_000;

/**
 * Sends the addon where frames were written.
 * @param {object} native the addon
 * @param {{ file: string, line: number, column: number }[]} frames
 * @param {object} realm whose errors are asked first, before those of the main one
 * @returns {boolean} whether one of them is elsewhere
 */
function sendMoved(native, frames, realm) {
  const ways = [realm, mainGlobal]
    .map(({ Error }) => attempt(() => Error.prepareStackTrace))
    .filter((prepare) => typeof prepare === 'function')
    .map((prepare) => (frame) => asked(prepare, frame));
  // Node itself follows source maps when it is asked to.
  ways[ways.length] = found;
  const moved = allMoved(ways, splice(unique(frames), 0, MOST));
  if (moved.length > 0) native.mapped(stringify(moved));
  return moved.length > 0;
}

/** Frames of a service that are asked about; the addon keeps no more. */
const MAX_OF_SERVICE = 20_000;
/** Frames asked about in one tick. */
const EACH_TICK = 50;
const TYPESCRIPT = /\.[cm]?tsx?$/;
const { toString } = Function.prototype;

/**
 * The same for a service, whose stacks are needed at any time, also while its event loop is blocked: each new stack's
 * frames are asked about at the next tick. Nothing of the program's is called for it but what loaders of TypeScript
 * install: `source-map-support`, or what of Node follows source maps.
 * @param {object} native the addon
 */
function createPositions(native) {
  const seen = new Set();
  const waiting = [];

  function send(count) {
    if (waiting.length === 0) return;
    const frames = splice(waiting, 0, count);
    const ways = waysOfService();
    const moved = allMoved(ways, frames);
    if (moved.length > 0) native.mapped(stringify(moved));
  }

  return {
    /** A stack that is new. */
    add(stack) {
      if (seen.size >= MAX_OF_SERVICE) return;
      const isAnyMoved = waysOfService().length > 0;
      for (let i = 0; i < stack.length; i++) {
        const { file, line, column } = stack[i];
        if (!isAnyMoved && matches(TYPESCRIPT, file) && !process.features.typescript) {
          noteOnce('TypeScript was transformed when it was loaded, and no source map of it is known: its lines are those of the running code');
        }
        if (!isAnyMoved || matches(/^(?:node:|<|$)|[\\/]node_modules[\\/]/, file)) continue;
        const place = `${file}:${line}:${column}`;
        if (seen.has(place)) continue;
        seen.add(place);
        waiting[waiting.length] = { file, line, column };
      }
    },

    /** Asks about some of those that are new. */
    tick: () => send(EACH_TICK),

    /** Asks about all of them: somebody wants to read stacks. */
    flush: () => send(MOST),
  };
}

function waysOfService() {
  const ways = [];
  const prepare = attempt(() => mainGlobal.Error.prepareStackTrace);
  if (typeof prepare === 'function' && isOfSupport(prepare)) ways[ways.length] = (frame) => asked(prepare, frame);
  if (process.sourceMapsEnabled === true) ways[ways.length] = found;
  return ways;
}

/** The last function looked at, and whether it is. */
let looked = null;
let isSupport = false;

/** Whether it is what `source-map-support` or its fork in ts-node installs, known by its text. */
function isOfSupport(prepare) {
  if (prepare === looked) return isSupport;
  looked = prepare;
  const text = attempt(() => apply(toString, prepare, [])) ?? '';
  isSupport = includes(text, 'emptyCacheBetweenOperations') && includes(text, 'wrapCallSite');
  return isSupport;
}

/** The frames that may be transformed code, each once. */
function unique(frames) {
  const byPlace = new Map();
  const all = [];
  forEach(frames, (frame) => {
    const place = `${frame.file}:${frame.line}:${frame.column}`;
    if (matches(/^(node:|<|$)/, frame.file) || byPlace.has(place)) return;
    byPlace.set(place, frame);
    all[all.length] = frame;
  });
  return all;
}

function allMoved(ways, frames) {
  const all = [];
  forEach(frames, (from) => {
    const moved = movedBy(ways, from);
    if (moved !== null) all[all.length] = moved;
  });
  return all;
}

/** Where a frame was written, as the first says that knows it; null where none does. */
function movedBy(ways, from) {
  for (let i = 0; i < ways.length; i++) {
    const to = attempt(() => ways[i](from));
    // What it prints may be shortened for people.
    if (to !== null && isAbsolute(to.file) && (to.file !== from.file || to.line !== from.line)) return { from: placeOf(from), to };
  }
  return null;
}

function asked(prepare, frame) {
  const text = prepare(new Error('leakline'), [new Position(frame)]);
  const lines = split(`${text}`, '\n');
  const last = lines[lines.length - 1];
  const parts = /(?:at |\()((?:file:\/\/|[A-Za-z]:[\\/])?[^():]+):(\d+):(\d+)\)?\s*$/.exec(last);
  return parts === null ? null : { file: pathOf(parts[1]), line: Number(parts[2]), column: Number(parts[3]) };
}

/** What Node knows, where it follows source maps itself. */
function found(frame) {
  const entry = findSourceMap(frame.file)?.findEntry(frame.line - 1, frame.column - 1);
  if (entry?.originalSource === undefined) return null;
  return { file: pathOf(entry.originalSource), line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

function pathOf(name) {
  return startsWith(name, 'file://') ? fileURLToPath(name) : name;
}

function placeOf({ file, line, column }) {
  return { file, line, column };
}

/** Somebody else's code: what it throws is its own affair. */
function attempt(ask) {
  try {
    return ask();
  } catch {
    return null;
  }
}

module.exports = { sendMoved, createPositions };
