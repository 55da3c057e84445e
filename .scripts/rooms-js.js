'use strict';

// Holds `js/` to the order of its rooms: no circle of imports between files, and no import of a room that comes later.
// dependency-cruiser follows what is required; types that comments import are held to the same order here.

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** Each room knows those before it; the public files of `js/` itself stand between api and runners. */
const order = ['types', 'base', 'recording', 'hooks', 'census', 'engine', 'api', '', 'runners', 'cli'];
/** Folders whose subjects stand beside one another: none knows another, but for those named. */
const subjects = { hooks: [], runners: ['core', 'matchers'] };

const fileOf = (room) => (room === '' ? '^js/[^/]+$' : `^js/${room}/`);

const forbidden = [
  { name: 'circle', severity: 'error', from: {}, to: { circular: true } },
  { name: 'not-found', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^(vitest|expect|@jest/|@vitest/)' } },
  ...order.slice(0, -1).map((room, rank) => ({
    name: `${room || 'the public files'} before ${order.slice(rank + 1).map((later) => later || 'the public files').join(', ')}`,
    severity: 'error',
    from: { path: fileOf(room) },
    to: { path: order.slice(rank + 1).map(fileOf) },
  })),
  ...Object.entries(subjects).map(([room, shared]) => ({
    name: `subjects of ${room} beside one another`,
    severity: 'error',
    from: { path: `^js/${room}/([^/]+)/` },
    to: { path: `^js/${room}/[^/]+/`, pathNot: [`^js/${room}/$1/`, ...shared.map((name) => `^js/${room}/${name}/`)] },
  })),
];

async function check() {
  const { cruise } = await import('dependency-cruiser');
  const { output } = await cruise(['js'], { baseDir: root, validate: true, ruleSet: { forbidden }, doNotFollow: { path: 'node_modules' } });
  const required = output.summary.violations.map(({ from, to, rule, cycle }) => `${from} → ${cycle ? cycle.map(({ name }) => name).join(' → ') : to} (${rule.name})`);
  const files = output.modules.map(({ source }) => source).filter((source) => source.startsWith('js/'));
  const problems = [...required, ...files.flatMap(typesOutOfOrder)];
  for (const problem of problems) console.error(problem);
  console.log(`rooms of js/: ${files.length} files, ${problems.length} problems`);
  if (problems.length > 0) process.exitCode = 1;
}

/** Types that a file's comments import from rooms that come later; the public types may be named anywhere. */
function typesOutOfOrder(file) {
  const imports = fs.readFileSync(path.join(root, file), 'utf8').matchAll(/(?<=^\s*(?:\/\*\*|\*).*)import\('(\.[^']+)'\)/gm);
  return [...imports]
    .map(([, to]) => path.posix.join(path.posix.dirname(file), to))
    .filter((to) => to !== 'js/index.js' && rankOf(to) > rankOf(file))
    .map((to) => `${file} → ${to} (a type of a later room)`);
}

function rankOf(file) {
  const [, room, rest] = file.split('/');
  return order.indexOf(rest === undefined ? '' : room);
}

check().catch((reason) => {
  console.error(reason.message);
  process.exitCode = 1;
});
