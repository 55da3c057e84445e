'use strict';

// Runs test runners in fixtures of __test__/fixtures/suites, and says which tests fail with which lines. In a fixture the
// comment `// leak of: TEST | TEST` is on the line that each of these tests must name, and no other test may fail.

const fs = require('node:fs');
const path = require('node:path');
const { stripVTControlCharacters } = require('node:util');

const { ensureProject } = require('../../.scripts/projects');
const { root, runNode } = require('./run');

const suites = path.join(root, '__test__', 'fixtures', 'suites');
// The oldest and a newer one: each run takes seconds.
const majors = ['20', '24'];
const folders = [];
process.once('exit', () => folders.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })));
const own = process.versions.node.split('.', 1)[0];

/**
 * A project with a runner; `skip` is false or the reason.
 *
 * @returns {{ folder?: string, skip: string | false }}
 */
function projectOf(name) {
  if (!majors.includes(own)) return { skip: `with ${name} under Node ${majors.join(' and ')} only` };
  const { folder, reason } = ensureProject(name);
  return { folder, skip: reason ?? false };
}

/** Puts a fixture into a folder of its own in a project, with further files. */
function place(project, fixture, files = {}) {
  fs.mkdirSync(project, { recursive: true });
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(project, 'run-')));
  folders.push(folder);
  fs.cpSync(path.join(suites, fixture), folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  return folder;
}

/** Runs a program of a project in a folder of it, and resolves to `{ code, output }`. */
async function run(folder, args, env = {}) {
  const { code, stdout, stderr } = await runNode(args, { cwd: folder, env: { NO_COLOR: '1', ...env } });
  return { code, stdout, output: stripVTControlCharacters(stdout + stderr) };
}

/** The lines that tests must name: `{ 'TEST': ['FILE:LINE'] }`, of some files of a folder. */
function marked(folder, files) {
  const tests = {};
  for (const file of files) {
    fs.readFileSync(path.join(folder, file), 'utf8').split('\n').forEach((line, index) => {
      const [, names] = /\/\/ leak of: (.*)$/.exec(line) ?? [];
      for (const name of names?.split(' | ') ?? []) (tests[name] ??= []).push(`${file}:${index + 1}`);
    });
  }
  return sorted(tests);
}

/** The lines that failures name: `[['TEST', 'MESSAGE']]` in, the same as of `marked` out. */
function named(failures) {
  const tests = {};
  for (const [name, message] of failures) {
    // A place stands at the beginning of its line.
    const places = [...message.replaceAll('\\', '/').matchAll(/^\s*(\S+:\d+):\d+(?=\s|$)/gm)].map(([, place]) => place);
    tests[name] = [...new Set([...(tests[name] ?? []), ...places])].toSorted();
    if (places.length === 0) tests[name].push(message);
  }
  return sorted(tests);
}

module.exports = { projectOf, place, run, marked, named };

function sorted(tests) {
  return Object.fromEntries(Object.entries(tests).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
