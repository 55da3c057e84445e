'use strict';

/**
 * The line that puts entries into a module's variable, an object used as a Map: nothing sees that happen, but where the text of
 * the module has one such line, and nothing else gets the object, it is that one.
 */

const { functionAround } = require('../enclosing.js');
const { declarationsOf, insertionsInto, positionAt } = require('../text.js');
const { textOf } = require('./lines.js');

/** The variable, or one property of it. */
const NAME = /^([\w$]+)(?:\.([\w$]+))?$/;
/** What may stand in front of it, and behind it, where nothing else gets it. */
const BEFORE = /(?:\b(?:in|const|let|var)\s*|\bObject\s*\.\s*(?:keys|values|entries|hasOwn|getOwnPropertyNames)\s*\(\s*|\bhasOwnProperty\s*\.\s*call\s*\(\s*)$/;
const BEHIND = /^\s*(?:\?\.)?\s*\[|^\s*\??\.\s*[\w$#]|^\s*=\s*(?:\{\s*\}|Object\s*\.\s*create\s*\(\s*\w+\s*\))/;
/** What makes an object that nobody else has. */
const MAKES = '(?:\\{|Object\\s*\\.\\s*create\\s*\\()';

/**
 * @param {string} name `cache`, `state.byUser`
 * @param {string} file of that variable
 * @param {import('./functions.js').Sample | undefined} sample a function of that file
 * @returns {import('../../index.js').Frame | null} null where it is not known
 */
function insertionOf(name, file, sample) {
  const [, variable, property] = NAME.exec(name) ?? [];
  if (variable === undefined || !sample?.variables.has(variable)) return null;
  const found = textOf(file, sample);
  if (found === null) return null;
  const { text, code } = found;
  const declared = declarationsOf(code, variable);
  const isMade = declared.length === 1 && new RegExp(`^${MAKES}`).test(code.slice(declared[0].at)) && (property === undefined || new RegExp(`(?<![\\w$.#])${property}\\s*:\\s*${MAKES}`).test(code));
  if (!isMade || !isAlone(code, variable, property)) return null;
  const inserts = property === undefined ? insertionsInto(code, variable) : insertionsInto(code, `.${property}`).filter((at) => isOf(code, at, variable));
  if (inserts.length !== 1) return null;
  const own = functionAround(code, inserts[0]);
  return own === undefined ? null : { function: own, file, ...positionAt(text, inserts[0]) };
}

/** Whether the module uses it in place only: it is passed to nobody, and has no second name. */
function isAlone(code, variable, property) {
  const plain = variable.replace(/\$/g, '\\$&');
  for (const { index } of code.matchAll(new RegExp(`(?<![\\w$.#])${plain}(?![\\w$])`, 'g'))) {
    const before = code.slice(Math.max(0, index - 80), index);
    let behind = code.slice(index + variable.length, index + variable.length + 300);
    const isDeclaration = /\b(?:const|let|var)\s+$/.test(before);
    if (isDeclaration) continue;
    if (property !== undefined) {
      const member = /^\s*\??\.\s*([\w$]+)/.exec(behind);
      if (member === null) return false;
      if (member[1] !== property) continue;
      behind = behind.slice(member[0].length);
    }
    if (!BEHIND.test(behind) && !BEFORE.test(before)) return false;
  }
  return true;
}

/** Whether a property at an offset is that of a variable. */
function isOf(code, at, variable) {
  return new RegExp(`(?<![\\w$.#])${variable.replace(/\$/g, '\\$&')}\\s*\\??\\.\\s*$`).test(code.slice(Math.max(0, at - 100), at));
}

module.exports = { insertionOf };
