'use strict';

// Holds `src/` to the order of its rooms: no circle of imports between files, and no import of a room that
// `src/lib.rs` lists later. Rooms of one paragraph there stand beside one another: none knows another.

const fs = require('node:fs');
const path = require('node:path');

const src = path.join(__dirname, '..', 'src');
const files = fs.readdirSync(src, { recursive: true }).filter((name) => name.endsWith('.rs')).map((name) => name.replaceAll(path.sep, '/'));
const modules = new Map(files.map((file) => [file.replace(/(^|\/)(lib|mod)\.rs$|\.rs$/, '').replaceAll('/', '::'), file]));
const ranks = rooms(fs.readFileSync(path.join(src, 'lib.rs'), 'utf8'));
const imports = new Map([...modules].map(([name, file]) => [file, importsOf(name, fs.readFileSync(path.join(src, file), 'utf8'))]));

const problems = [...againstTheOrder(), ...circles()];
for (const problem of problems) console.error(problem);
console.log(`rooms of src/: ${modules.size} files, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** The rank of each room by its name. */
function rooms(text) {
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => [...paragraph.matchAll(/^(?:pub )?mod (\w+);/gm)].map(([, name]) => name));
  return new Map(paragraphs.filter((names) => names.length > 0).flatMap((names, rank) => names.map((name) => [name, rank])));
}

/** The files that a module's text names in paths: of a `use` or where they stand. */
function importsOf(module, text) {
  const code = text.replace(/\/\/.*$/gm, '').replace(/"(?:\\.|[^"\\])*"/gs, '""');
  const outer = code.replace(/^(?:pub(?:\(.*?\))? )?mod \w+ \{\n.*?^\}/gms, '');
  const inner = [...code.matchAll(/^(?:pub(?:\(.*?\))? )?mod (\w+) \{\n(.*?)^\}/gms)];
  const found = [[module, outer], ...inner.map(([, name, body]) => [`${module}::${name}`, body])].flatMap(([name, part]) => filesOf(name, part));
  return new Set(found.filter((file) => file !== modules.get(module)));
}

function filesOf(module, code) {
  const children = [...modules.keys()].filter((name) => name.startsWith(module ? `${module}::` : '')).map((name) => name.slice(module ? module.length + 2 : 0).split('::')[0]);
  const start = new RegExp(`(?<![\\w:])(?:${['crate', 'super', 'self', ...new Set(children)].filter(Boolean).join('|')})::`, 'g');
  return [...code.matchAll(start)].flatMap(({ index }) => leaves(code, index)).map((leaf) => fileOf(module, leaf.split('::')));
}

/** The paths of the tree of a `use` that starts at `index`, or the one path that stands there. */
function leaves(code, index) {
  const head = /[\w:*]+/y;
  head.lastIndex = index;
  const prefix = head.exec(code)?.[0] ?? '';
  if (code[index + prefix.length] !== '{') return [prefix];
  const found = [];
  for (let at = index + prefix.length; code[at] !== '}';) {
    at += /^[{,\s]*/.exec(code.slice(at))[0].length;
    if (code[at] === '}') break;
    found.push(...leaves(code, at).map((leaf) => prefix + leaf));
    at = endOf(code, at);
  }
  return found;
}

/** The end of the branch at `at`: a comma or the brace that closes its tree. */
function endOf(code, at) {
  for (let depth = 0; ; at += 1) {
    if (depth === 0 && (code[at] === ',' || code[at] === '}')) return at;
    if (code[at] === '{') depth += 1;
    if (code[at] === '}') depth -= 1;
  }
}

/** The file of the longest module that begins a path. */
function fileOf(module, [first, ...rest]) {
  let names = module ? module.split('::') : [];
  if (first === 'crate') names = [];
  else if (first === 'super') names.pop();
  else if (first !== 'self') names.push(first);
  while (rest[0] === 'super') {
    rest.shift();
    names.pop();
  }
  for (const name of rest) {
    if (!modules.has([...names, name].join('::'))) break;
    names.push(name);
  }
  while (!modules.has(names.join('::'))) names.pop();
  return modules.get(names.join('::'));
}

function againstTheOrder() {
  const room = (file) => path.posix.dirname(file).split('/')[0];
  const wrong = (from, to) => room(from) !== room(to) && (to === 'lib.rs' || ranks.get(room(to)) >= ranks.get(room(from)));
  return [...imports].flatMap(([from, all]) => [...all].filter((to) => from !== 'lib.rs' && wrong(from, to)).map((to) => `against the order of rooms: src/${from} imports src/${to}`));
}

/** One line for each set of files that reach one another. */
function circles() {
  const reach = new Map([...imports.keys()].map((file) => [file, reached(file)]));
  const sets = [...reach].filter(([file, all]) => all.has(file)).map(([file, all]) => [...all].filter((other) => reach.get(other).has(file)).sort().join(' '));
  return [...new Set(sets)].map((set) => `circle of imports: ${set}`);
}

function reached(file) {
  const all = new Set();
  const open = [...imports.get(file)];
  while (open.length > 0) {
    const next = open.pop();
    if (!all.has(next)) open.push(...imports.get(next));
    all.add(next);
  }
  return all;
}
