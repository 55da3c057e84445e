'use strict';

// npm run suites -- --clean: what leakline's setup file costs a project of ordinary tests, and what it says of them.
// Prints a line each run and a table at the end; ends with 1 when a test fails that should not.
//
//   --clean | --leaky | --leaky-typescript    the project: 200 clean files, or one that leaks
//   --runs 3               how often
//   --jest 29,30           versions of Jest, 30 unless said otherwise
//   --node 20,24           majors of Node, this machine's unless said otherwise
//   --mode workers         in-band (what it is unless said otherwise), workers or threads
//   --without              also without the setup file, in turn with it, so that a busy machine is busy for both
//   --bare                 only without it
//   --setup FILE           another setup file than leakline/jest/setup
//   --count 50             files of the clean project
//   --detect-leaks, --detect-open-handles     with these options of Jest

const fs = require('node:fs');
const path = require('node:path');

const { withDetectLeaks } = require('../__test__/fixtures/suites/clean/detect-leaks');
const { generate } = require('../__test__/fixtures/suites/clean/generate');
const { differences, falseAlarms } = require('../__test__/support/jest-expected');
const { place, runJest } = require('../__test__/support/jest-project');
const { script } = require('./exec');
const { nodeOf } = require('./nodes');
const { ensureProject } = require('./projects');
const { readUsage } = require('./usage');

const fixtures = ['clean', 'leaky', 'leaky-typescript'];
const compilers = ['ts-jest', '@swc/jest', 'babel-jest'];

const values = readUsage(__filename, {
  ...Object.fromEntries(fixtures.map((name) => [name, { type: 'boolean' }])),
  runs: { type: 'string', default: '1' },
  jest: { type: 'string', default: '30' },
  node: { type: 'string', default: process.versions.node.split('.', 1)[0] },
  mode: { type: 'string', default: 'in-band' },
  without: { type: 'boolean', default: false },
  bare: { type: 'boolean', default: false },
  setup: { type: 'string', default: 'leakline/jest/setup' },
  count: { type: 'string' },
  'detect-leaks': { type: 'boolean', default: false },
  'detect-open-handles': { type: 'boolean', default: false },
});

script(async () => {
  const fixture = fixtures.find((name) => values[name]);
  if (fixture === undefined) throw new Error(`say one of ${fixtures.map((name) => `--${name}`).join(', ')}`);
  const rows = [];
  for (const jest of values.jest.split(',')) {
    const { folder, reason } = ensureProject(`jest${jest}`);
    if (reason) throw new Error(reason);
    if (!values.bare) requireSetup(folder);
    for (const major of values.node.split(',')) rows.push(...await measure({ fixture, jest, major, project: folder }));
  }
  console.log(`\n${table(rows)}`);
  if (rows.some(({ wrong }) => wrong > 0)) process.exitCode = 1;
});

async function measure({ fixture, jest, major, project }) {
  const node = nodeOf(major);
  const prepared = prepare(project, fixture);
  const setups = values.bare ? [null] : values.without ? [null, setupFile()] : [setupFile()];
  const rows = setups.map((setup) => ({ jest, major, setup, wrong: 0, tests: 0, ms: [], cpuMs: [], rssBytes: [] }));
  // Jest transforms the sources in its first run, and keeps the result.
  await runJest(prepared.folder, { ...prepared, node, mode: values.mode });
  for (let i = 0; i < Number(values.runs); i++) {
    // The second of a pair has the warmer machine.
    for (const row of i % 2 === 0 ? rows : rows.toReversed()) {
      const result = await runJest(prepared.folder, { ...prepared, node, mode: values.mode, setup: row.setup ?? undefined });
      const wrong = wrongIn(fixture, prepared.folder, result, row.setup !== null);
      for (const field of ['ms', 'cpuMs', 'rssBytes']) row[field].push(result[field]);
      row.wrong += wrong.length;
      row.tests = result.tests.filter(({ status }) => status !== 'pending' && status !== 'todo').length;
      console.log(`Jest ${jest}, Node ${major}, ${nameOf(row.setup)}: ${row.tests} tests, ${wrong.length} wrong, ${seconds(result.ms)}, ${result.processes} processes`);
      for (const text of wrong) console.log(text.replace(/^(?=.)/gm, '  '));
    }
  }
  return rows;
}

function prepare(project, fixture) {
  const folder = place(project, fixture, `suites-${fixture}`);
  const args = [];
  if (values['detect-leaks']) args.push('--detectLeaks');
  if (values['detect-open-handles']) args.push('--detectOpenHandles');
  if (fixture !== 'clean') return { folder, args, env: { COMPILER: compilers[0] } };
  const files = generate(folder, { count: values.count && Number(values.count) });
  return { folder, args, files: values['detect-leaks'] ? withDetectLeaks(files).map(({ file }) => file) : [] };
}

function wrongIn(fixture, folder, result, isWatched) {
  if (fixture !== 'clean' && isWatched) return differences(folder, result);
  // Bare Jest sees nothing of what is left behind.
  return fixture === 'clean' ? falseAlarms(result) : [];
}

function requireSetup(project) {
  const file = setupFile();
  if (fs.existsSync(file)) return;
  const { exports } = JSON.parse(fs.readFileSync(path.join(project, 'node_modules', 'leakline', 'package.json'), 'utf8'));
  if (!(file.replace('leakline', '.') in exports)) throw new Error(`there is no ${file}: say --bare, or --setup FILE`);
}

function setupFile() {
  return values.setup.startsWith('leakline/') ? values.setup : path.resolve(values.setup);
}

function nameOf(setup) {
  return setup === null ? 'without' : 'with';
}

function table(rows) {
  const lines = [['Jest', 'Node', 'setup file', 'tests', 'false alarms', 'time', 'CPU', 'peak RSS'], null];
  for (const { jest, major, setup, tests, wrong, ms, cpuMs, rssBytes } of rows) {
    lines.push([jest, major, nameOf(setup), String(tests), String(wrong), seconds(median(ms)), seconds(median(cpuMs)), `${Math.round(median(rssBytes) / 2 ** 20)} MiB`]);
  }
  const widths = lines[0].map((_, column) => Math.max(...lines.filter(Boolean).map((line) => line[column].length)));
  const rule = widths.map((width) => '-'.repeat(width));
  return lines.map((line) => `| ${(line ?? rule).map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`).join('\n');
}

function median(list) {
  const sorted = list.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
