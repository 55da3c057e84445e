'use strict';

// What a fixture's expected.json says, and what of it is not so.
//
//   { "FILE": { "NAME OF A TEST THAT FAILS": ["FILE // MARKER", …] } }
//
// The failure's message must have FILE:LINE for the line of FILE that has the comment `// MARKER`, each of them, and of
// no other marker. What grew only with something else is in a line of names: there NAME:LINE is enough, without the folder.
// Tests that are not listed must pass.

const fs = require('node:fs');
const path = require('node:path');

/**
 * @param {string} folder where the fixture was run
 * @param {{ tests: object[] }} result as `runJest` returns it
 * @returns {string[]} what is not as expected, one line or a paragraph each
 */
function differences(folder, { tests }) {
  const expected = JSON.parse(fs.readFileSync(path.join(folder, 'expected.json'), 'utf8'));
  const places = new Map(Object.values(expected).flatMap((byTest) => Object.values(byTest).flat()).map((text) => [text, placeOf(folder, text)]));
  const files = [...new Set(tests.map(({ file }) => file))];
  const wanted = files.flatMap((file) => Object.keys(expected[file] ?? {}).map((name) => `${file}: ${name}`));
  const seen = new Set(tests.map(({ file, name }) => `${file}: ${name}`));
  return [
    ...wanted.filter((test) => !seen.has(test)).map((test) => `${test}: it was not run`),
    ...tests.flatMap((test) => differencesOf(test, expected[test.file]?.[test.name], places)),
  ];
}

/** What a run of clean files shows that it should not: failures, open handles, and warnings of Node or Jest. */
function falseAlarms({ tests, openHandles, output }) {
  return [
    ...tests.filter(({ status }) => status === 'failed').map(({ file, name, message }) => `${file}: ${name}\n${indented(message)}`),
    ...(openHandles.length > 0 ? [`${openHandles.length} open handles`] : []),
    ...(output.match(/^.*Warning: .*$|^Jest did not exit.*$|^A worker process has failed to exit.*$/gm) ?? []),
  ];
}

module.exports = { differences, falseAlarms };

function differencesOf({ file, name, status, message }, expected, places) {
  const what = `${file}: ${name}`;
  if (expected === undefined) return status === 'failed' ? [`${what}: it fails and should not:\n${indented(message)}`] : [];
  if (status !== 'failed') return [`${what}: it should fail, and is ${status}`];
  const folded = foldedIn(message);
  // Files of the same name are not distinguished there.
  const mayBeFolded = new Set(expected.map((text) => path.posix.basename(places.get(text))));
  const wrong = [...places].flatMap(([text, place]) => {
    const short = path.posix.basename(place);
    const isExpected = expected.includes(text);
    const isFolded = (isExpected || !mayBeFolded.has(short)) && names(folded, short);
    if (isExpected === (names(message, place) || isFolded)) return [];
    return [expected.includes(text) ? `${place} is not in its message (${text})` : `${place} is in its message (${text})`];
  });
  return wrong.length > 0 ? [`${what}: ${wrong.join('; ')}:\n${indented(message)}`] : [];
}

/** 'FILE:LINE' of 'FILE // MARKER'. */
function placeOf(folder, text) {
  const [file, marker] = text.split(' // ');
  const lines = fs.readFileSync(path.join(folder, file), 'utf8').split('\n');
  const marked = lines.flatMap((line, index) => (hasMarker(line, marker) ? [index + 1] : []));
  if (marked.length !== 1) throw new Error(`${file}: '// ${marker}' must mark exactly one line, and marks ${marked.length}`);
  return `${file}:${marked[0]}`;
}

// 'leak 1' is not 'leak 10'; after a colon comes what the marker says of the leak.
function hasMarker(line, marker) {
  const at = line.indexOf(`// ${marker}`);
  return at !== -1 && !/^\w/.test(line.slice(at + 3 + marker.length));
}

function names(message, place) {
  const text = message.replaceAll('\\', '/');
  for (let at = text.indexOf(place); at !== -1; at = text.indexOf(place, at + 1)) {
    const [before, after] = [text[at - 1] ?? ' ', text[at + place.length] ?? ' '];
    if (!/[\w.-]/.test(before) && !/\d/.test(after)) return true;
  }
  return false;
}

/** The lines of names: what stands behind "grew as well, …" until the next empty line, and behind "keeps" in a block. */
function foldedIn(message) {
  const paragraphs = message.match(/^ *(?:grew as well, |keeps {4}\d+ more finding).*(?:\n(?! *(?:why|fix) {3}) *\S.*)*/gm) ?? [];
  return paragraphs.join('\n');
}

function indented(text) {
  return text.replace(/^(?=.)/gm, '    ');
}
