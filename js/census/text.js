'use strict';

/**
 * Finds in source text where a property or variable gets its collection. It reads text, it does not
 * parse: what is not found exactly once is not found.
 */

/** What makes a collection, after `=` or `:`. */
const MAKES = /^\s*(?:\[|\{|new\s+[\w$.]+|Array\b|Object\.(?:create|assign)\b|Object\.freeze\(\s*[[{]|[\w$.]+\.(?:slice|map|filter|concat|from|of|splice|split|keys|values|entries)\()/;

/** The text with blanks in place of comments, strings and regular expressions: places stay the same. */
function masked(text) {
  const out = [];
  let last = '';
  for (let i = 0; i < text.length; ) {
    const end = skipped(text, i, last);
    if (end === i) {
      const char = text[i++];
      out.push(char);
      if (!/\s/.test(char)) last = /[\w$]/.test(char) && /[\w$]/.test(text[i - 2] ?? '') ? last + char : char;
    } else {
      out.push(text.slice(i, end).replace(/[^\n]/g, ' '));
      if (text[i] !== '/' || !/[/*]/.test(text[i + 1])) last = '0';
      i = end;
    }
  }
  return out.join('');
}

/** Where what begins at `i` and is no code ends; `i` when it is code. */
function skipped(text, i, last) {
  const char = text[i];
  if (char === '/' && text[i + 1] === '/') return before(text.indexOf('\n', i), text);
  if (char === '/' && text[i + 1] === '*') return before(text.indexOf('*/', i + 2) + 2, text, 2);
  if (char === '"' || char === "'" || char === '`') return quoted(text, i, char);
  // After an operator or a keyword it is no division.
  if (char === '/' && (last === '' || /^[([{,;=:?!&|+\-*%<>~^]$|^(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield)$/.test(last))) {
    return regexp(text, i);
  }
  return i;
}

const before = (end, text, least = 0) => (end < least ? text.length : end);

function quoted(text, i, quote) {
  let end = i + 1;
  while (end < text.length && text[end] !== quote) {
    if (text[end] === '\n' && quote !== '`') return i + 1;
    end += text[end] === '\\' ? 2 : 1;
  }
  return Math.min(end + 1, text.length);
}

function regexp(text, i) {
  let isClass = false;
  for (let end = i + 1; end < text.length && text[end] !== '\n'; end++) {
    if (text[end] === '\\') end++;
    else if (text[end] === '[') isClass = true;
    else if (text[end] === ']') isClass = false;
    else if (text[end] === '/' && !isClass) return end + 1;
  }
  return i;
}

/**
 * Where a class gives `this` a property.
 * @param {string} code masked text of the class or constructor
 * @param {string} property with its `#` when it is private
 * @returns {{ at: number, method: string | null } | null} `at`: offset of the value
 */
function inClass(code, property) {
  const name = escaped(property);
  const found = matches(code, new RegExp(`\\bthis\\s*\\.\\s*${name}\\s*=(?![=>])`, 'g'));
  const fields = matches(code, new RegExp(`(?<![\\w$.#])${name}\\s*=(?![=>])`, 'g')).filter((at) => depthAt(code, at) === 1);
  const all = [...found, ...fields].sort((a, b) => a - b);
  const at = theOne(code, all) ?? theOne(code, all.filter((each) => isFirst(methodAt(code, each))));
  return at === null ? null : { at, method: methodAt(code, at) };
}

/** A class's constructor and fields come before its methods. */
const isFirst = (method) => method === null || method === 'constructor';

/**
 * Where an object literal with no other properties than `properties` has one of them.
 * @returns {number | null | undefined} undefined where none makes anything; null where several do, and which one it was is unknown
 */
function inLiteral(code, property, properties) {
  const found = matches(code, new RegExp(`(?<=[{,]\\s*)${escaped(property)}\\s*:`, 'g'));
  const fitting = found.map((at) => ({ at, keys: keysAround(code, at) })).filter(({ keys }) => keys?.every((key) => properties.includes(key)));
  const most = Math.max(0, ...fitting.map(({ keys }) => keys.length));
  const likely = fitting.filter(({ keys }) => keys.length === most).map(({ at }) => at);
  return theOne(code, likely) ?? (likely.some((at) => makes(code, at)) ? null : undefined);
}

/** Where any object gets the property by an assignment. */
function inAssignment(code, property) {
  return theOne(code, matches(code, new RegExp(`[\\w$)\\]]\\s*\\.\\s*${escaped(property)}\\s*=(?![=>])`, 'g')));
}

/**
 * Where a property of a function or class gets its value: its only assignment, which makes something, where no literal has a
 * property of the name.
 */
function inStatic(code, owner, property) {
  const found = matches(code, new RegExp(`(?<![\\w$.#])${escaped(owner)}\\s*\\.\\s*${escaped(property)}\\s*=(?![=>])`, 'g'));
  if (found.length !== 1 || !makes(code, found[0])) return null;
  return new RegExp(`[{,]\\s*${escaped(property)}\\s*[:,}]`).test(code) ? null : theOne(code, found);
}

/** Where a variable gets its value. */
function inVariable(code, name) {
  const given = matches(code, new RegExp(`(?<![\\w$.#])${escaped(name)}\\s*=(?![=>])`, 'g'));
  return theOne(code, given.filter((at) => isDeclared(code, at)));
}

/**
 * Where variables of a name get their values where they are declared, with or without a type.
 * @returns {{ at: number, depth: number }[]} `depth`: how many braces are open
 */
function declarationsOf(code, name) {
  const given = matches(code, new RegExp(`(?<![\\w$.#])${escaped(name)}\\s*(?::[^=;(){}]*)?=(?![=>])`, 'g'));
  return given.filter((at) => isDeclared(code, at)).map((at) => ({ at: at + /^\s*/.exec(code.slice(at))[0].length, depth: depthAt(code, at) }));
}

const isDeclared = (code, at) => /\b(?:const|let|var)\b[^;{}()]*$/.test(code.slice(Math.max(0, at - 400), at));

/**
 * Where a variable or property, an object, gets properties under names that are computed.
 * @param {string} code masked
 * @param {string} name of the variable; of a property with a `.` before it
 * @returns {number[]} offsets
 */
function insertionsInto(code, name) {
  const plain = escaped(name.replace(/^\./, ''));
  const start = name.startsWith('.') ? `(?<=[\\w$)\\]]\\s*\\??\\.\\s*)${plain}` : `(?<![\\w$.#])${plain}`;
  const key = '\\[(?:[^\\[\\]]|\\[[^\\[\\]]*\\])*\\]';
  const given = new RegExp(`${start}\\s*${key}\\s*(?:[-+*/|&^%]|\\|\\||&&|\\?\\?|\\*\\*|<<|>>>?)?=(?![=>])`, 'g');
  const called = new RegExp(`\\b(?:Object\\.(?:assign|defineProperty|defineProperties)|Reflect\\.(?:set|defineProperty))\\s*\\(\\s*(?:[\\w$]+\\s*\\.\\s*)*${plain}\\s*,`, 'g');
  return [...code.matchAll(given), ...code.matchAll(called)].map((match) => match.index);
}

/** Where classes of a name begin. */
function classesOf(code, name) {
  return [...code.matchAll(new RegExp(`\\bclass\\s+${escaped(name)}(?![\\w$])`, 'g'))].map((match) => match.index);
}

/** Where a function is called by its name. */
function callsOf(code, name) {
  return [...code.matchAll(new RegExp(`(?<![\\w$.#])${escaped(name)}\\s*\\(`, 'g'))].map((match) => match.index);
}

/** Offsets behind each match. */
function matches(code, pattern) {
  return [...code.matchAll(pattern)].map((match) => match.index + match[0].length);
}

const makes = (code, at) => MAKES.test(code.slice(at, at + 200));

/** The only one, or else the only one that makes something; the offset of its value. */
function theOne(code, found) {
  const at = found.length === 1 ? found : found.filter((each) => makes(code, each));
  return at.length === 1 ? at[0] + /^\s*/.exec(code.slice(at[0]))[0].length : null;
}

/** Names of the properties of the object literal around an offset; null when it is none. */
function keysAround(code, at) {
  let start = at;
  for (let depth = 0; depth >= 0; ) {
    if (--start < 0) return null;
    if (/[)\]}]/.test(code[start])) depth++;
    else if (/[([{]/.test(code[start])) depth--;
  }
  if (code[start] !== '{') return null;
  const keys = [];
  let depth = 0;
  let isKey = true;
  for (let i = start + 1; i < code.length && depth >= 0; i++) {
    const key = isKey && depth === 0 ? /^\s*(?:(\.\.\.)|([\w$]+)\s*(?=[:,}]))/.exec(code.slice(i, i + 200)) : null;
    isKey = false;
    if (key !== null) {
      if (key[2] !== undefined) keys.push(key[2]);
      i += key[0].length - 1;
    } else if (/[([{]/.test(code[i])) depth++;
    else if (/[)\]}]/.test(code[i])) depth--;
    else if (code[i] === ',' && depth === 0) isKey = true;
  }
  return keys;
}

/** How many braces are open. */
function depthAt(code, at) {
  let depth = 0;
  for (let i = 0; i < at; i++) {
    if (code[i] === '{') depth++;
    else if (code[i] === '}') depth--;
  }
  return depth;
}

/** The method of a class that an offset is in; null in none. */
function methodAt(code, at) {
  let depth = 0;
  let parentheses = 0;
  let from = 0;
  let method = null;
  for (let i = 0; i < at; i++) {
    const char = code[i];
    if (char === '(') parentheses++;
    else if (char === ')') parentheses--;
    // Those in parentheses are patterns of parameters, or functions that are passed on.
    if (parentheses > 0) continue;
    if (char === '{' && ++depth === 2) method = /([\w$#]+)\s*\(.*\)[^)]*$/s.exec(code.slice(from, i))?.[1] ?? null;
    if (char === '}' && --depth === 1) method = null;
    if (depth === 1 && /[{};]/.test(char)) from = i + 1;
  }
  return depth > 1 ? method : null;
}

/** Line and column of an offset, 1-based. */
function positionAt(text, at) {
  const lines = text.slice(0, at).split('\n');
  return { line: lines.length, column: lines.at(-1).length + 1 };
}

function escaped(name) {
  return name.replace(/[$^*+?.()|[\]{}\\]/g, '\\$&');
}

module.exports = { masked, inClass, inLiteral, inAssignment, inStatic, inVariable, classesOf, declarationsOf, insertionsInto, callsOf, keysAround, methodAt, positionAt };
