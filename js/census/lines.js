'use strict';

/**
 * The line that gives a place its collection: read in the class that holds it, or in the literal.
 * What cannot be found in exactly one place has no line.
 */

const { Map } = require('../base/originals.js');
const { functionNameOf } = require('../base/names.js');
const { frameAt } = require('./sources.js');
const { isPlainObject, MAX_PROPERTIES } = require('./holders.js');
const { inClass, inLiteral, inAssignment, inVariable, methodAt } = require('./text.js');

const { getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;

/** Classes looked through upwards. */
const MAX_PARENTS = 8;
/** The name of what some plain object holds, and no line says which. */
const IN_PLAIN_OBJECT = 'a property of a plain object';

/**
 * @param {ReturnType<typeof import('./sources.js').createSources>} sources
 * @param {(objects: object[]) => Map<object, { holder: object, property: string }>} holdersOf
 */
function createLines(sources, holdersOf) {
  /**
   * @param {{ holder: object, property: string }[]} places each an example of its place
   * @returns {{ name: string, frame: object | null, isGuess: boolean }[]} a guess is known by the property's name alone:
   * something else may have made what is held there
   */
  function find(places) {
    const plain = places.map(({ holder }) => holder).filter((holder) => typeof holder === 'object' && isPlainObject(holder));
    const parents = plain.length === 0 ? new Map() : holdersOf(plain);
    return places.map((place) => ofPlace(place, parents.get(place.holder)));
  }

  function ofPlace({ holder, property }, parent) {
    if (typeof holder === 'function') return ofStatic(holder, property);
    if (isPlainObject(holder)) return ofLiteral(holder, property, parent);
    const makers = makersOf(holder);
    const name = `${classOf(makers) || 'anonymous class'}.${property}`;
    for (const maker of makers) {
      const range = sources.rangeOf(maker);
      const found = range === null ? null : inRange(range, property);
      if (found === null) continue;
      const { at, method } = found;
      const maybeNew = method === null || method === 'constructor';
      const owner = functionNameOf(maker);
      return { name, frame: frameAt(range.script, at, maybeNew ? `new ${owner || '<anonymous>'}` : method), isGuess: false };
    }
    return { name, frame: assigned(property, makers[0]), isGuess: true };
  }

  function ofStatic(holder, property) {
    const owner = functionNameOf(holder);
    const name = `${owner || 'function'}.${property}`;
    const range = sources.rangeOf(holder);
    const found = range === null ? null : inRange(range, property);
    if (found !== null) return { name, frame: frameAt(range.script, found.at, found.method), isGuess: false };
    return { name, frame: assigned(property, holder), isGuess: true };
  }

  /** A plain object has no name of its own: look first where it is held, then everywhere. */
  function ofLiteral(holder, property, parent) {
    const properties = keys(holder);
    const holderName = parent === undefined ? '' : nameOf(parent);
    if (parent !== undefined && !(typeof parent.holder === 'object' && isPlainObject(parent.holder))) {
      const maker = typeof parent.holder === 'function' ? parent.holder : makersOf(parent.holder)[0];
      const range = maker === undefined ? null : sources.rangeOf(maker);
      const code = range === null ? '' : range.script.code.slice(range.start, range.end);
      const at = inLiteral(code, property, properties);
      if (at !== null && at !== undefined) {
        return { name: `${holderName}.${property}`, frame: frameAt(range.script, range.start + at, methodAt(code, at)), isGuess: true };
      }
    }
    const frame = everywhere(property, (code) => {
      const at = inLiteral(code, property, properties);
      // Where several literals fit an assignment elsewhere is no answer.
      return at === undefined ? inAssignment(code, property) ?? shorthand(code, property) ?? undefined : at;
    });
    // A name that no source has may be data.
    return { name: frame === null ? IN_PLAIN_OBJECT : `${holderName || 'Object'}.${property}`, frame, isGuess: true };
  }

  /** `{ items }` of a variable. */
  function shorthand(code, property) {
    return new RegExp(`[{,]\\s*${property.replace(/\W/g, '\\$&')}\\s*[,}]`).test(code) ? inVariable(code, property) : null;
  }

  /** Where any object gets the property: in the script of the class or function that has it, or else in the only place there is. */
  function assigned(property, maker) {
    const location = maker === undefined ? null : sources.locationOf(maker);
    if (location !== null) {
      const script = sources.source(location.scriptId);
      const at = inAssignment(script.code, property);
      if (at !== null) return frameAt(script, at, null);
    }
    return everywhere(property, (code) => inAssignment(code, property) ?? undefined);
  }

  /** The only place in the application's files: `find` gives undefined for no place in a file, null for several. */
  function everywhere(property, find) {
    const found = [];
    for (const script of sources.ofApplication()) {
      if (!script.text.includes(property)) continue;
      const at = find(script.code);
      if (at === null) return null;
      if (at !== undefined) found.push(frameAt(script, at, null));
    }
    return found.length === 1 ? found[0] : null;
  }

  return { find };
}

function inRange({ script, start, end }, property) {
  const found = inClass(script.code.slice(start, end), property);
  return found === null ? null : { ...found, at: start + found.at };
}

/** The name of an object's class; '' where it has none, as one without a prototype. */
function classOf(makers) {
  return makers.length === 0 ? '' : functionNameOf(makers[0]);
}

/** An object's class and those above it, found without running code of the program's. */
function makersOf(object) {
  const makers = [];
  for (let home = getPrototypeOf(object); home !== null && makers.length < MAX_PARENTS; home = getPrototypeOf(home)) {
    const maker = getOwnPropertyDescriptor(home, 'constructor')?.value;
    if (typeof maker === 'function') makers.push(maker);
  }
  return makers;
}

function nameOf({ holder, property }) {
  if (typeof holder === 'function') return `${functionNameOf(holder) || 'Object'}.${property}`;
  const name = classOf(makersOf(holder)) || 'Object';
  // The keys of a table are data.
  return isTable(holder) ? name : `${name}.${property}`;
}

/** Whether it is used as a Map, as far as one look says. */
function isTable(holder) {
  return getPrototypeOf(holder) === null || (isPlainObject(holder) && keys(holder).length > MAX_PROPERTIES);
}

module.exports = { createLines, makersOf, IN_PLAIN_OBJECT };
