'use strict';

/**
 * Whether a function has made what a collection holds, by its text: the class, the closure or the object literal of an entry is
 * in it. Of an entry only this is remembered.
 */

const { types } = require('node:util');
const { classNameOf } = require('../../base/names.js');
const { pathOf } = require('../../base/urls.js');
const { isPlainObject } = require('../holders.js');
const { keysAround } = require('../text.js');
const { textOf } = require('./lines.js');

const { getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
const { apply } = Reflect;
const { toString } = Function.prototype;

/** Shorter closures, in characters, are written in many places. */
const MIN_CLOSURE = 8;
const MAX_CLOSURE = 10_000;
/** Properties of an entry: objects of one alone are made in many places; of many they are data. */
const MIN_KEYS = 2;
const MAX_KEYS = 30;

/**
 * How an entry was made.
 * @typedef {object} Made
 * @property {string} [closure] its text
 * @property {string} [className]
 * @property {string} [file] of the class
 * @property {string[]} [keys] of a plain object, in order
 */

/**
 * @param {object} native the addon
 * @param {unknown} entry
 * @returns {Made | null} null for what could have been made anywhere
 */
function madeBy(native, entry) {
  if ((typeof entry !== 'object' && typeof entry !== 'function') || entry === null || types.isProxy(entry)) return null;
  if (typeof entry === 'function') {
    const closure = apply(toString, entry, []);
    return closure.length < MIN_CLOSURE || closure.length > MAX_CLOSURE ? null : { closure };
  }
  if (isPlainObject(entry)) {
    const names = keys(entry);
    return names.length < MIN_KEYS || names.length > MAX_KEYS ? null : { keys: names };
  }
  const maker = getOwnPropertyDescriptor(getPrototypeOf(entry) ?? {}, 'constructor')?.value;
  const file = typeof maker === 'function' && !types.isProxy(maker) ? pathOf(native.scriptName(maker) ?? '') : '';
  return file === '' || file.startsWith('node:') ? null : { className: classNameOf(entry), file };
}

/**
 * Of the ways in which entries were made the first that is a function's.
 * @param {(Made | null)[]} all
 * @param {import('../../index.js').Frame} frame of the function: where it begins
 * @param {import('./functions.js').Sample | undefined} sample a function of its file
 * @returns {number} -1 where none is
 */
function madeIn(all, frame, sample) {
  const own = all.findIndex((made) => made?.className !== undefined && made.className === frame.function && made.file === frame.file);
  const found = own >= 0 ? null : textOf(frame.file, sample);
  if (found === null) return own;
  const [start, end] = rangeOf(found.code, frame);
  const [text, code] = [found.text.slice(start, end), found.code.slice(start, end)];
  return all.findIndex((made) => made !== null && isIn(made, text, code));
}

function isIn(made, text, code) {
  if (made.closure !== undefined) return text.includes(made.closure);
  if (made.className !== undefined) return new RegExp(`\\bnew\\s+${made.className.replace(/\$/g, '\\$&')}\\b`).test(code);
  for (let at = code.indexOf('{'); at >= 0; at = code.indexOf('{', at + 1)) {
    if (keysAround(code, at + 1)?.join() === made.keys.join()) return true;
  }
  return false;
}

/** Where the text of a function begins and ends. */
function rangeOf(code, { line, column }) {
  let start = 0;
  for (let i = 1; i < line; i++) start = code.indexOf('\n', start) + 1;
  start += column - 1;
  const parameters = code[start] === '(' ? endOf(code, start) : start;
  const body = /^[^{]*?(?:=>\s*)?\{/.exec(code.slice(parameters));
  const arrow = /^[^{;]*?=>/.exec(code.slice(parameters));
  const isExpression = arrow !== null && !/^\s*\{/.test(code.slice(parameters + arrow[0].length));
  if (isExpression) return [start, endOfExpression(code, parameters + arrow[0].length)];
  return body === null ? [start, start] : [start, endOf(code, parameters + body[0].length - 1)];
}

/** Behind the bracket that closes the one at an offset. */
function endOf(code, at) {
  let depth = 0;
  for (let i = at; i < code.length; i++) {
    if (/[([{]/.test(code[i])) depth++;
    else if (/[)\]}]/.test(code[i]) && --depth === 0) return i + 1;
  }
  return code.length;
}

function endOfExpression(code, at) {
  let depth = 0;
  for (let i = at; i < code.length; i++) {
    if (/[([{]/.test(code[i])) depth++;
    else if (/[)\]}]/.test(code[i]) && depth-- === 0) return i;
    else if (/[;,]/.test(code[i]) && depth === 0) return i;
  }
  return code.length;
}

module.exports = { madeBy, madeIn };
