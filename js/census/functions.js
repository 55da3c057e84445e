'use strict';

/**
 * In which order functions are asked for their variables. What the inspector says of one takes long, and those of one
 * script have its module's variables in common: so first one of each script, the application's before packages', then
 * the others, whose variables are a function's.
 */

const { Map } = require('../base/originals.js');
const { pathOf } = require('../base/urls.js');
const { ownerOf } = require('./sources.js');

const { apply } = Reflect;
const { toString } = Function.prototype;

/** How the text of a function ends that is native code. */
const NATIVE = '[native code] }';
/** What is compared of a function's text. */
const BEGINNING = 80;
/** Functions with the same source text that are read: each call of the outer function makes another. */
const MAX_ALIKE = 20;

/**
 * @param {object} native the addon
 * @param {ReturnType<typeof import('./sources.js').createSources>} sources
 * @param {object[]} objects all that live
 * @returns {Iterable<Function>}
 */
function* inOrder(native, sources, objects) {
  const functions = objects.filter((each) => typeof each === 'function');
  const scripts = byOwner(native, sources, functions);
  if (scripts === null) return yield* byText(sources, functions);
  const all = [scripts.application, scripts.package];
  for (const ofOwner of all) for (const [first] of ofOwner.values()) yield first;
  for (const ofOwner of all) for (const [, ...others] of ofOwner.values()) yield* notTooAlike(others);
}

/**
 * A function of each script of the application.
 * @param {object} native the addon
 * @param {ReturnType<typeof import('./sources.js').createSources>} sources
 * @param {object[]} objects all that live
 * @returns {Function[]} where V8 does not say whose script a function is of, all functions that may be the application's
 */
function ofApplication(native, sources, objects) {
  const functions = objects.filter((each) => typeof each === 'function');
  const scripts = byOwner(native, sources, functions);
  return scripts === null ? [...byText(sources, functions)] : Array.from(scripts.application.values(), ([first]) => first);
}

/** The functions of each script; null where V8 does not say which they are. */
function byOwner(native, sources, functions) {
  const ids = new Int32Array(functions.length);
  if (native.scriptIds(functions, ids) !== functions.length) return null;
  // A program has thousands of functions and some hundred scripts: whose each is, is asked once for a script.
  const byScript = new Map();
  functions.forEach((each, i) => {
    const of = byScript.get(ids[i]);
    if (of === undefined) byScript.set(ids[i], [each]);
    else of.push(each);
  });
  byScript.delete(0);
  const scripts = { application: new Map(), package: new Map() };
  byScript.forEach((of, id) => {
    const name = native.scriptName(of[0]);
    const owner = name === null ? sources.ownerOfScript(String(id)) : ownerOf(pathOf(name ?? ''));
    scripts[owner]?.set(id, of);
  });
  return scripts;
}

/** Without the script of a function: those whose text is in the application's sources. */
function* byText(sources, functions) {
  const code = sources.ofApplication().map(({ text }) => text).join('\n');
  yield* notTooAlike(functions.filter((each) => {
    const text = apply(toString, each, []);
    return !text.endsWith(NATIVE) && code.includes(text.slice(0, BEGINNING));
  }));
}

function* notTooAlike(functions) {
  const alike = new Map();
  for (const each of functions) {
    const beginning = apply(toString, each, []).slice(0, BEGINNING);
    const count = (alike.get(beginning) ?? 0) + 1;
    alike.set(beginning, count);
    if (count <= MAX_ALIKE) yield each;
  }
}

module.exports = { inOrder, ofApplication };
