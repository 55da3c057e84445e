'use strict';

/**
 * Where frames really are, of code that was transformed in memory: test runners and loaders install
 * an `Error.prepareStackTrace` that follows their source maps. It is shown call sites that hold
 * nothing but a position, and what it prints is read back.
 */

const { findSourceMap } = require('node:module');
const { isAbsolute } = require('node:path');
const { fileURLToPath } = require('node:url');
const { Map } = require('../base/originals.js');
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
  ways.push(found);
  const moved = unique(frames).slice(0, MOST).flatMap((frame) => movedBy(ways, frame));
  if (moved.length > 0) native.mapped(JSON.stringify(moved));
  return moved.length > 0;
}

/** The frames that may be transformed code, each once. */
function unique(frames) {
  const byPlace = new Map();
  for (const frame of frames) {
    if (!/^(node:|<|$)/.test(frame.file)) byPlace.set(`${frame.file}:${frame.line}:${frame.column}`, frame);
  }
  return [...byPlace.values()];
}

function movedBy(ways, from) {
  for (const way of ways) {
    const to = attempt(() => way(from));
    // What it prints may be shortened for people.
    if (to !== null && isAbsolute(to.file) && (to.file !== from.file || to.line !== from.line)) return [{ from: placeOf(from), to }];
  }
  return [];
}

function asked(prepare, frame) {
  const text = prepare(new Error('leakline'), [new Position(frame)]);
  const last = String(text).split('\n').pop();
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
  return name.startsWith('file://') ? fileURLToPath(name) : name;
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

module.exports = { sendMoved };
