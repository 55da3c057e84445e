'use strict';

/** Which function a place in source text is in. It reads text, it does not parse: where that is not sure it says so. */

/** What has parentheses and braces, and is no function. */
const STATEMENTS = /^(?:if|for|while|switch|catch|with)$/;
/** Characters before a function's parentheses or arrow in which its name is looked for. */
const MAX_HEAD = 200;

/**
 * @param {string} code masked text
 * @param {number} at an offset
 * @returns {string | null | undefined} the function's name; null where it has none, or it is the module's own code; undefined
 * where it is not known
 */
function functionAround(code, at) {
  let depth = 0;
  let parentheses = 0;
  for (let i = at - 1; i >= 0; i--) {
    const char = code[i];
    if (char === ')') parentheses++;
    else if (char === '(') parentheses--;
    else if (char === '}') depth++;
    // An arrow function without braces may go on to here.
    else if (char === '>' && code[i - 1] === '=' && depth === 0 && parentheses <= 0) return undefined;
    else if (char === ';' && depth === 0 && parentheses === 0) i = beginOfBlock(code, i) + 1;
    else if (char === '{' && depth-- === 0) {
      const name = nameBefore(code, i);
      if (name !== undefined) return name;
      depth = 0;
      parentheses = 0;
    }
  }
  return null;
}

/** The brace that opens the block that an offset is in; -1 where none does. */
function beginOfBlock(code, at) {
  let depth = 0;
  for (let i = at; i >= 0; i--) {
    if (code[i] === '}') depth++;
    else if (code[i] === '{' && depth-- === 0) return i;
  }
  return -1;
}

/** The name of the function whose body begins at a brace; null where it has none; undefined where it is no function's. */
function nameBefore(code, brace) {
  const isArrow = /=>\s*$/.test(code.slice(Math.max(0, brace - MAX_HEAD), brace));
  const end = isArrow ? code.lastIndexOf('=>', brace) : brace;
  let head = code.slice(0, end).trimEnd();
  if (head.endsWith(')')) {
    let depth = 0;
    let i = head.length - 1;
    for (; i >= 0; i--) {
      if (head[i] === ')') depth++;
      else if (head[i] === '(' && --depth === 0) break;
    }
    head = head.slice(Math.max(0, i - MAX_HEAD), Math.max(0, i)).trimEnd();
  } else if (isArrow) head = head.slice(-MAX_HEAD).replace(/[\w$]+$/, '');
  else return undefined;
  if (isArrow) return nameGiven(head.replace(/\basync\s*$/, ''));
  const [, isFunction, name] = /(\bfunction\b\s*\*?\s*)?([\w$#]*)\s*$/.exec(head);
  if (isFunction !== undefined) return name !== '' ? name : nameGiven(head.replace(/(?:\basync\s+)?\bfunction\b\s*\*?\s*$/, ''));
  return name === '' || STATEMENTS.test(name) ? undefined : name;
}

/** The name that a function without one has of what it is given to. */
function nameGiven(head) {
  return /([\w$#]+)\s*[=:]\s*$/.exec(head)?.[1] ?? null;
}

module.exports = { functionAround };
