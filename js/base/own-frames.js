'use strict';

/**
 * Errors that go through a hook are the program's: their stacks show no frame of ours, and lose none at V8's limit. Who
 * groups errors by their stacks groups them as without leakline.
 *
 * A hook catches what the original throws and throws it again, in a line that ends with `// node-do-not-add-exception-line`:
 * of an error that nobody catches Node would print the line that threw it last, which is the hook's.
 */

const { join, sep } = require('node:path');
const { pathToFileURL } = require('node:url');
const { types } = require('node:util');

const { captureStackTrace } = Error;
const { getOwnPropertyDescriptor } = Object;
const { isNativeError } = types;

const FRAME = '    at ';
const prepare = () => getOwnPropertyDescriptor(Error, 'prepareStackTrace')?.value;
/** Newer versions of Node have one of their own. */
const byDefault = prepare();
const folder = join(__dirname, '..') + sep;
const folders = [folder, String(pathToFileURL(folder))];

/**
 * @param {unknown} error what was thrown
 * @param {Function} hook the outermost function of ours that is being called
 * @returns {unknown} the same
 */
function withoutOurs(error, hook) {
  try {
    // Not through a Proxy, and no getter of the program's: a stack that is not V8's stays as it is.
    if (isNativeError(error)) clean(error, hook);
  } catch {
    // The stack is full, or the error is frozen.
  }
  return error;
}

/**
 * For a promise that a call returns: its error comes when nobody of the callers is on the stack any more.
 * @param {Function} hook that is being called
 * @returns {(error: unknown) => never} takes the place of a reaction to its rejection
 */
function rejectingWithoutOurs(hook) {
  let frames = [];
  try {
    frames = callers(Error.stackTraceLimit * 2, hook);
  } catch {
    // Then the stack has fewer.
  }
  return (error) => {
    try {
      if (isNativeError(error)) clean(error, hook, frames);
    } catch {
      // The error is frozen.
    }
    throw error; // node-do-not-add-exception-line
  };
}

function clean(error, hook, frames) {
  const { stack } = error;
  if (typeof stack !== 'string') return;
  const lines = stack.split('\n');
  const last = lines.findLastIndex(isOurs);
  if (last < 0) return;
  const kept = lines.filter((line) => !isOurs(line));
  const limit = Error.stackTraceLimit;
  // A stack below the limit has its end.
  if (lines.filter(isFrame).length >= limit) kept.push(...beyond(lines.slice(last + 1).filter(isFrame), lines.length - kept.length, hook, frames));
  error.stack = kept.join('\n');
}

/** `count` more frames of the hook's callers, after those in `known`. It captures twice as many, as some may be leakline's. */
function beyond(known, count, hook, frames = callers(2 * (known.length + count), hook)) {
  const isSame = known.every((line, i) => frames[i] === line);
  return isSame ? frames.slice(known.length, known.length + count) : [];
}

/** Frames of a hook's callers; none where the program formats stacks itself. */
function callers(count, hook) {
  const limit = getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  if (prepare() !== byDefault || limit?.writable !== true) return [];
  const holder = {};
  try {
    Error.stackTraceLimit = count;
    captureStackTrace(holder, hook);
  } finally {
    Error.stackTraceLimit = limit.value;
  }
  return holder.stack.split('\n').filter((line) => isFrame(line) && !isOurs(line));
}

const isFrame = (line) => line.startsWith(FRAME);
const isOurs = (line) => isFrame(line) && folders.some((each) => line.includes(each));

module.exports = { rejectingWithoutOurs, withoutOurs };
