'use strict';

// npm run api: writes __test__/types/public-api.txt, the public types of the package without their comments: whoever
// changes them reads that file's diff. A second.
//
//   npm run api -- --check    writes nothing; ends with 1 when the file is out of date, or a public name is undocumented

const fs = require('node:fs');
const path = require('node:path');

const { root, script } = require('./exec');
const { readUsage } = require('./usage');

const DUMP = path.join('__test__', 'types', 'public-api.txt');

if (require.main === module) {
  const values = readUsage(__filename, { check: { type: 'boolean' } });
  script(() => {
    const text = dump();
    if (!values.check) return fs.writeFileSync(path.join(root, DUMP), text);
    const problems = undocumented();
    if (fs.readFileSync(path.join(root, DUMP), 'utf8') !== text) {
      problems.push(`${DUMP} is not what the types say: run 'npm run api', read its diff, and add the change to CHANGELOG.md`);
    }
    if (problems.length > 0) throw new Error(problems.join('\n'));
    console.log(`public types: ${text.split('\n').length} lines, as committed; each name has its documentation`);
  });
}

/** Each public path of the package with what it declares, in alphabetical order. */
function dump() {
  return entries().map(([name, file]) => {
    const all = statementsOf(file).map(({ code }) => code).toSorted();
    return `── ${name}\n\n${all.join('\n')}\n`;
  }).join('\n');
}

/** `[public path, file]`. */
function entries() {
  const { name, exports } = JSON.parse(read('package.json'));
  return Object.entries(exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([door, { types }]) => [path.posix.join(name, door), path.normalize(types)]);
}

/**
 * What a file declares, and the files whose names it passes on whole: the house style has one statement from each line
 * that begins at the margin, with its comment above.
 * @returns {{ file: string, line: number, comment: string, code: string, members: object[] }[]}
 */
function statementsOf(file) {
  const statements = [];
  let comment = '';
  for (const { text, isComment, line } of linesOf(read(file))) {
    if (isComment) comment += text;
    else if (/^\S/.test(text) && !/^[})\]|]/.test(text)) {
      statements.push({ file, line, comment, code: text, members: [] });
      comment = '';
    } else if (text !== '') {
      const last = statements.at(-1);
      last.code += `\n${text}`;
      last.members.push({ text, line, comment });
      comment = '';
    }
  }
  return statements.flatMap((statement) => passedOn(statement) ?? [statement]).filter(({ code }) => !/^(?:import\b|export \{\};)/.test(code));
}

/** The statements of the file that `export * from` names; undefined for any other statement. */
function passedOn({ file, code }) {
  const target = /^export (?:type )?\* from '(\.[^']+)\.js';$/.exec(code)?.[1];
  return target && statementsOf(path.join(path.dirname(file), `${target}.d.ts`));
}

/** Lines with their comments apart. */
function linesOf(text) {
  let isInside = false;
  return text.split('\n').map((full, at) => {
    const isComment = isInside || /^\s*\/[/*]/.test(full);
    if (isComment) isInside = /\/\*/.test(full) || isInside ? !/\*\//.test(full) : false;
    return { text: isComment ? full : full.replace(/\s+\/\/ .*$/, '').trimEnd(), isComment, line: at + 1 };
  });
}

/** Public names and members without a comment. */
function undocumented() {
  const files = new Map(entries().flatMap(([, file]) => statementsOf(file)).map((each) => [`${each.file}:${each.line}`, each]));
  return [...files.values()].flatMap(({ file, line, comment, code, members }) => {
    if (!/^(?:export|declare) (?!global|module|\{|type \{|=)/.test(code)) return [];
    const name = /\b(?:function|interface|type|class|namespace) (\w+)/.exec(code)?.[1];
    const bare = members.filter((member) => /^ {2}(?:readonly )?[\w[$'"]+.*[:(]/.test(member.text) && !member.text.startsWith('   ') && !member.comment.includes('/**'));
    const isInterface = /\b(?:interface|class) /.test(code);
    return [
      ...(comment.includes('/**') ? [] : [`${file}:${line}: ${name} has no documentation`]),
      ...(isInterface ? bare.map((member) => `${file}:${member.line}: ${name}: '${member.text.trim()}' has no documentation`) : []),
    ];
  });
}

function read(file) {
  return fs.readFileSync(path.join(root, file), 'utf8');
}
