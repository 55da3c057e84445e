'use strict';

/**
 * Collections that no property holds by a name, and that are Node's: lists under symbols of its own classes, as the queues of
 * its HTTP clients, and the timeline of resources. To search the whole program for their holder takes long, and finds none.
 */

const { Set } = require('../base/originals.js');
const { classNameOf } = require('../base/names.js');
const { makersOf } = require('./lines.js');
const { ownerOf } = require('./sources.js');

const { isArray } = Array;
const { getOwnPropertyDescriptor, getOwnPropertySymbols } = Object;

/**
 * @param {object[]} objects all that live
 * @param {Set<object>} wanted
 * @param {(holder: object) => boolean} isOpaque what must not be looked into
 * @param {object} native the addon
 * @returns {Set<object>} those of `wanted` that Node holds
 */
function nodesOwn(objects, wanted, isOpaque, native) {
  const found = new Set();
  if (wanted.size === 0) return found;
  const timeline = timelineIn(wanted);
  if (timeline !== null) found.add(timeline);
  for (const holder of objects) {
    if (isArray(holder) || isOpaque(holder)) continue;
    const symbols = getOwnPropertySymbols(holder);
    for (let i = 0; i < symbols.length; i++) {
      const value = getOwnPropertyDescriptor(holder, symbols[i])?.value;
      if (typeof value === 'object' && value !== null && wanted.has(value) && isOfNode(holder, native)) found.add(value);
    }
  }
  return found;
}

/** Whether an object's class is written in one of Node's files. */
function isOfNode(holder, native) {
  const [maker] = makersOf(holder);
  return maker !== undefined && ownerOf(native.scriptName(maker) ?? '') === 'node';
}

/** Node's list of what was fetched: the only one that has just these entries; of several nobody knows which. */
function timelineIn(wanted) {
  let found = null;
  let known = null;
  for (const each of wanted) {
    if (!isArray(each) || each.length === 0 || classOf(each[0]) !== 'PerformanceResourceTiming') continue;
    known ??= entries();
    if (known.length !== each.length || !known.includes(each[0]) || !known.includes(each.at(-1))) continue;
    if (found !== null) return null;
    found = each;
  }
  return found;
}

const classOf = (value) => (typeof value === 'object' && value !== null ? classNameOf(value) : '');

function entries() {
  try {
    return require('node:perf_hooks').performance.getEntriesByType('resource');
  } catch {
    return []; // the program has replaced it
  }
}

module.exports = { nodesOwn };
