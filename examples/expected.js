'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { fileURLToPath } = require('node:url');

/** The examples: every folder beside this file that says what it expects. */
function exampleNames() {
  return fs.readdirSync(__dirname).filter((name) => fs.existsSync(path.join(__dirname, name, 'expected.json')));
}

/**
 * What the leaky variant of an example leaks, as its expected.json says it, with the line that its marker stands on, and
 * for what is filled elsewhere the line that does so.
 *
 * @returns {{ leak: number[], file: string, line: number, kind: string, label: string, growth: 'instances' | 'entries',
 *             perIteration: number, insertedAt?: { file: string, line: number } }[]}
 */
function expectedLeaks(name) {
  return read(name).filter(({ besides }) => !besides).map(({ marker, inserterMarker, ...leak }) => {
    const expected = { ...leak, ...placeOf(name, leak.file, marker) };
    return inserterMarker === undefined ? expected : { ...expected, insertedAt: placeOf(name, leak.file, inserterMarker) };
  });
}

/**
 * Whether a finding is no leak of its own, but what a leak of the example holds: an entry of `besides` has its line or its
 * package. How many there are is up to the package that made them.
 */
function isBesides(name, found) {
  return read(name).filter(({ besides }) => besides).some(({ file, marker, package: packageName }) => {
    if (packageName !== undefined) return found.file.includes(path.join('node_modules', packageName) + path.sep);
    const place = placeOf(name, file, marker);
    return place.file === found.file && place.line === found.line;
  });
}

/**
 * What a check found, one entry a line: a leak that several stacks lead to is reported as several, and is one here.
 *
 * @returns {{ kind: string, growth: string, file: string, line: number, labels: string[], perIteration: number,
 *             total: number, insertedAt: { file: string, line: number }[] }[]}
 */
function foundByLine(result) {
  const found = new Map();
  for (const { kind, growth, origin, label, perIteration, total, topInserter } of result.leaks) {
    const file = origin ? absolutePath(origin.file) : '(unknown)';
    const line = origin ? origin.line : 0;
    const key = `${kind} ${growth} ${file}:${line}`;
    const entry = found.get(key) ?? { kind, growth, file, line, labels: [], perIteration: 0, total: 0, insertedAt: [] };
    if (!entry.labels.includes(label)) entry.labels.push(label);
    entry.perIteration += perIteration;
    entry.total += total;
    const inserter = topInserter?.stack.find((frame) => isApplication(frame.file));
    if (inserter) entry.insertedAt.push({ file: absolutePath(inserter.file), line: inserter.line });
    found.set(key, entry);
  }
  return [...found.values()];
}

function isSameLeak(expected, found) {
  return ['kind', 'growth', 'file', 'line'].every((property) => expected[property] === found[property]);
}

/**
 * What differs between a leak that is expected and what was found at its line; undefined when nothing does.
 */
function difference(expected, found) {
  if (Math.abs(found.perIteration - expected.perIteration) > 1e-6) {
    return `+${found.perIteration} a call instead of +${expected.perIteration}`;
  }
  const wrong = found.labels.find((label) => !label.includes(expected.label));
  if (wrong !== undefined) return `labelled '${wrong}' instead of '${expected.label}'`;
  const { insertedAt } = expected;
  if (insertedAt === undefined || found.insertedAt.some(({ file, line }) => file === insertedAt.file && line === insertedAt.line)) return undefined;
  const named = found.insertedAt.map(({ file, line }) => `${file}:${line}`).join(' and ') || 'no line';
  return `inserted at ${named} instead of ${insertedAt.file}:${insertedAt.line}`;
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

module.exports = { difference, exampleNames, expectedLeaks, foundByLine, isBesides, isSameLeak, lineOfMarker };

function read(name) {
  return JSON.parse(fs.readFileSync(path.join(__dirname, name, 'expected.json'), 'utf8'));
}

function fileOf(name, file) {
  return path.join(__dirname, name, 'leaky', file);
}

function placeOf(name, relative, marker) {
  const file = fileOf(name, relative);
  return { file, line: lineOfMarker(file, marker) };
}

function isApplication(file) {
  return file !== '' && !/^(node:|<)/.test(file) && !/[\\/]node_modules[\\/]/.test(file);
}

function absolutePath(file) {
  return file.startsWith('file:') ? fileURLToPath(file) : path.resolve(file);
}
