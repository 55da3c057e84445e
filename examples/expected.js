'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { fileURLToPath } = require('node:url');

/** The examples: every folder beside this file that says what it expects. */
function exampleNames() {
  return fs.readdirSync(__dirname).filter((name) => fs.existsSync(path.join(__dirname, name, 'expected.json')));
}

/**
 * What the leaky variant of an example leaks, as its expected.json says it, with the line that its marker stands on.
 *
 * @returns {{ leak: number[], file: string, line: number, kind: string, label: string,
 *             growth: 'instances' | 'entries', perIteration: number }[]}
 */
function expectedLeaks(name) {
  const leaks = JSON.parse(fs.readFileSync(path.join(__dirname, name, 'expected.json'), 'utf8'));
  return leaks.map(({ file, marker, ...leak }) => {
    const absolute = path.join(__dirname, name, 'leaky', file);
    return { ...leak, file: absolute, line: lineOfMarker(absolute, marker) };
  });
}

/**
 * What a check found, one entry a line: a leak that several stacks lead to is reported as several, and is one here.
 *
 * @returns {{ kind: string, growth: string, file: string, line: number, labels: string[],
 *             perIteration: number, total: number }[]}
 */
function foundByLine(result) {
  const found = new Map();
  for (const { kind, growth, origin, label, perIteration, total } of result.leaks) {
    const file = origin ? absolutePath(origin.file) : '(unknown)';
    const line = origin ? origin.line : 0;
    const key = `${kind} ${growth} ${file}:${line}`;
    const entry = found.get(key) ?? { kind, growth, file, line, labels: [], perIteration: 0, total: 0 };
    if (!entry.labels.includes(label)) entry.labels.push(label);
    entry.perIteration += perIteration;
    entry.total += total;
    found.set(key, entry);
  }
  return [...found.values()];
}

function isSameLeak(expected, found) {
  return ['kind', 'growth', 'file', 'line'].every((property) => expected[property] === found[property]);
}

/** The number of the line that `// marker` stands on. */
function lineOfMarker(file, marker) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const marked = lines.flatMap((text, index) => (text.includes(`// ${marker}`) ? [index + 1] : []));
  if (marked.length !== 1) {
    throw new Error(`${file}: '// ${marker}' must mark exactly one line, and marks ${marked.length}`);
  }
  return marked[0];
}

function absolutePath(file) {
  return file.startsWith('file:') ? fileURLToPath(file) : path.resolve(file);
}

module.exports = { exampleNames, expectedLeaks, foundByLine, isSameLeak, lineOfMarker };
