'use strict';

// Runs the example suite of a test runner, and says whether exactly the tests fail that are to, at the lines that are to.
//
//   node examples/suite.js jest FOLDER     FOLDER: where the runner and leakline are installed; `npm run demo -- jest` has one

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { lineOfMarker } = require('./expected');

const TIMEOUT_MS = 120_000;
/** What stands in the folders of examples that is no part of the suite itself. */
const notOfSuite = new Set(['README.md', 'outcomes.json', 'node_modules']);

if (require.main === module) {
  const [name, folder, ...rest] = process.argv.slice(2);
  if (name !== 'jest' || folder === undefined || rest.length > 0) {
    console.error('usage: node examples/suite.js jest FOLDER');
    process.exitCode = 2;
  } else {
    const { output, outcomes, others } = runSuite(name, folder);
    console.log(`${output.trimEnd()}\n`);
    for (const outcome of outcomes) console.log(outcomeText(outcome));
    for (const other of others) console.log(`NOT EXPECTED  ${other}`);
    if (others.length > 0 || outcomes.some(({ problem }) => problem !== null)) process.exitCode = 1;
  }
}

/**
 * Runs the suite in a copy below `folder`, whose packages it finds there.
 *
 * @param {string} name of the example
 * @param {string} folder
 * @returns {{ output: string, outcomes: { marker: string, file: string, line: number, outcome: string, test: string, problem: string | null }[],
 *   others: string[] }} `others`: what failed or was found besides
 */
function runSuite(name, folder) {
  const source = path.join(__dirname, name);
  const copy = fs.realpathSync(fs.mkdtempSync(path.join(folder, 'example-')));
  try {
    const filter = (file) => !notOfSuite.has(path.basename(file)) || path.dirname(file) !== source;
    fs.cpSync(source, copy, { recursive: true, filter });
    const output = run(folder, copy);
    return { output, ...compare(source, copy) };
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}

module.exports = { runSuite };

function run(folder, copy) {
  const command = require.resolve('leakline/package.json', { paths: [folder] });
  const leakline = path.join(path.dirname(command), 'js', 'cli', 'index.js');
  const jest = path.join(path.dirname(require.resolve('jest/package.json', { paths: [folder] })), 'bin', 'jest.js');
  const args = [leakline, 'test', '--json', 'leaks.json', '--', process.execPath, jest, '--json', '--outputFile=tests.json', '--testTimeout=60000'];
  // They would change what is printed.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(LEAKLINE|(GITHUB_ACTIONS|NODE_OPTIONS|FORCE_COLOR|COLUMNS)$)/.test(key)));
  const { stdout, stderr, error } = spawnSync(process.execPath, args, { cwd: copy, env, encoding: 'utf8', timeout: TIMEOUT_MS });
  if (error !== undefined) throw error;
  for (const file of ['leaks.json', 'tests.json']) {
    if (!fs.existsSync(path.join(copy, file))) throw new Error(`the suite wrote no ${file}; it printed:\n${stdout}${stderr}`);
  }
  return stderr;
}

function compare(source, copy) {
  const failed = failedTests(readJson(copy, 'tests.json'));
  const leaks = readJson(copy, 'leaks.json').leaks.map((leak) => ({ ...leak, place: placeOf(copy, leak.origin) }));
  const outcomes = readJson(source, 'outcomes.json').map((expected) => {
    const line = lineOfMarker(path.join(source, expected.file), expected.marker);
    return { ...expected, line, problem: problemOf({ ...expected, place: `${expected.file}:${line}` }, failed, leaks) };
  });
  return { outcomes, others: [...failed.keys(), ...leaks.map(({ place, kind, outcome }) => `${kind} ${place} ${outcome}`)] };
}

/** What is not as expected; takes what is from `failed` and `leaks`. */
function problemOf({ place, kind, outcome, test }, failed, leaks) {
  if (outcome === 'failed' || outcome === 'matcher') {
    const message = failed.get(test);
    if (message === undefined) return `'${test}' did not fail`;
    if (!message.includes(`${place}:`)) return `'${test}' does not name ${place}:\n${message}`;
    failed.delete(test);
    if (outcome === 'matcher') return null;
  }
  const found = leaks.findIndex((leak) => leak.place === place && leak.kind === kind && leak.outcome === outcome);
  if (found < 0) return `no ${kind} of ${place} was ${outcome}`;
  const [{ leftBy }] = leaks.splice(found, 1);
  const by = leftBy.flatMap(({ tests }) => tests);
  return by.includes(test) ? null : `left by ${by.join(', ')} instead of ${test}`;
}

/** The messages of the tests that failed, by name. */
function failedTests({ testResults }) {
  const failed = new Map();
  for (const { name, message, status, assertionResults } of testResults) {
    // A file that could not run has no tests.
    if (status === 'failed' && assertionResults.length === 0) failed.set(name, message);
    for (const test of assertionResults) {
      if (test.status !== 'failed') continue;
      failed.set([...test.ancestorTitles, test.title].join(' > '), test.failureMessages.join('\n').replaceAll('\\', '/'));
    }
  }
  return failed;
}

function placeOf(folder, origin) {
  return origin === null ? '(unknown)' : `${path.relative(folder, origin.file).replaceAll('\\', '/')}:${origin.line}`;
}

function readJson(folder, file) {
  return JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'));
}

function outcomeText({ marker, file, line, kind, outcome, test, problem }) {
  const what = { failed: 'fails', matcher: 'fails', allowed: 'allowed in', baselined: 'in the baseline for', reported: 'reported in' }[outcome];
  return `${marker}  ${problem === null ? 'as expected' : 'WRONG'}  ${file}:${line}  ${kind}, ${what} '${test}'${problem === null ? '' : `\n  ${problem}`}`;
}
