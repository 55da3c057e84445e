'use strict';

// npm run words: the words that docs/glossary.md replaces stand nowhere: not in code, comments, reports, errors or docs.
// Words are found in identifiers too (`evenOnes`, `told_until`). A second.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/** A word, wherever it stands, and what to write in its place. */
const WORDS = {
  'evens evenly': 'balanced',
  'told untold tell tells telling': 'report, say, send, show',
  'wish wishes wished wishing courtesy courteous': 'gc request, gc on request',
  'lend lends lent lending lender loan loans patience': 'checkout, hand out, max hold',
  'filler fillers': 'inserter, insertion site',
  'birth births born unborn unheard': 'creation, creation window, created, first listener',
  'seldom dice': 'rare, random',
  'unsaid nursery nurseries': 'pending, young timers',
  'tenant tenants': 'occupant',
  'mend mends mended mending': 'fix',
  'face faces': 'API',
};
/** The same for what only means the old thing as a whole. */
const PHRASES = {
  'pass(?:ed|es|ing)? over|takeIn\\b': 'count-only, unrecorded, promote',
  'com(?:e|es|ing) and go(?:es|ing)? evenly': 'balanced',
  't(?:ake|akes|aken|aking|ook) back|taken_?back': 'returned late',
  'h(?:eld|old|olds|olding) too long|held_?too_?long': 'overdue',
  'filled at': 'insertions at, top inserter',
  'grown_?by|\\bgrown_?by_?share\\b': 'topInserter, removedEntries',
  '\\bin_use\\b|\\b(?:is)?inUse\\b': 'held count',
  '\\bgoOn\\b|\\bonCollect\\b|\\bonLookSome\\b': 'resume, before gc, on tick',
  '\\b(?:const|let|this\\.|#)\\s*lives\\b|\\bfaults\\b': 'registrations, internal errors',
  '(?:^|["\'`])(?:left out|kept|lost): ': 'not shown, retained, dropped events',
};
/** Where a word has another sense: the file, and what the line has. */
const ALLOWED = [
  [/^CHANGELOG\.md$/, /^\|/],
  [/^\.scripts\/words\.js$/, /./],
];

const root = path.join(__dirname, '..');
const words = new Map(Object.entries(WORDS).flatMap(([all, better]) => all.split(' ').map((word) => [word, better])));
const phrases = Object.entries(PHRASES).map(([phrase, better]) => [new RegExp(phrase, 'gi'), better]);

const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0')
  .filter((file) => file !== '' && !/(?:^|\/)(?:package-lock\.json|Cargo\.lock|LICENSE)$|\.(?:svg|png)$/.test(file));
let count = 0;
for (const file of files) {
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  if (text.includes('\0')) continue;
  for (const [at, line] of text.split('\n').entries()) {
    if (ALLOWED.some(([where, what]) => where.test(file) && what.test(line))) continue;
    for (const [found, better] of oldWords(line)) {
      console.error(`${file}:${at + 1}: '${found}' (write: ${better})  ${line.trim().slice(0, 100)}`);
      count += 1;
    }
  }
}
console.log(`words: ${files.length} files, ${count} old words`);
process.exitCode = count > 0 ? 1 : 0;

function* oldWords(line) {
  for (const [whole] of line.matchAll(/[A-Za-z]+/g)) {
    for (const part of whole.split(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)) {
      const better = words.get(part.toLowerCase());
      if (better !== undefined) yield [whole, better];
    }
  }
  for (const [phrase, better] of phrases) for (const [found] of line.matchAll(phrase)) yield [found, better];
}
