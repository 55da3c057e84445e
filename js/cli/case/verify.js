'use strict';

/**
 * Proves a regression test: with the leak it fails for that leak, and after the fix it passes. Whatever else happens is no
 * proof, and is refused with its reason.
 */

const fs = require('node:fs');
const path = require('node:path');
const { stripVTControlCharacters } = require('node:util');

const { error } = require('../../base/errors');
const { makeFolder } = require('../../base/make-folder');
const { number, oneOf } = require('../parse');
const { print } = require('../output');
const { factsIn, writeCase } = require('./documents');
const { commitOf, fixOf, openRepository } = require('./git');
const { runCommand, runTest, runnerOfTest } = require('./runners');
const { RUNNERS, packageOf, readJson, runnerOf } = require('./service');
const { withWorktrees } = require('./worktrees');

/** Lines of a runner's output that a refusal shows. */
const SHOWN = 12;

async function verify(test, values, progress) {
  if (!fs.existsSync(test)) throw error('ERR_LEAKLINE_FILE', test, 'there is no such file');
  for (const name of ['before', 'after']) {
    if (values[name] === undefined) throw error('ERR_LEAKLINE_USAGE', `verify needs --${name}, a revision of the repository.`, 'case');
  }
  const limitMs = 1000 * (number('case', 'timeout', values.timeout, { min: 1, max: 3600 }) ?? 300);
  const repository = openRepository(path.resolve(values.repo ?? '.'));
  if (repository.problem !== undefined) throw refused(repository.problem, 'Name the repository with --repo.');
  const commits = { before: revision(repository, 'before', values.before), after: revision(repository, 'after', values.after) };
  const folder = values.case ?? path.dirname(test);
  const facts = factsIn(folder);
  const text = fs.readFileSync(test, 'utf8');
  const runner = oneOf('case', 'runner', values.runner, RUNNERS) ?? runnerOfTest(text, facts?.test.runner ?? runnerOf(packageOf(repository.root)));
  const place = placeIn(repository.root, test);
  const runs = await withWorktrees(repository, { before: commits.before.hash, after: commits.after.hash }, async (folders, modules) => {
    const made = {};
    for (const [name, tree] of Object.entries(folders)) {
      const env = environment(modules, path.join(path.dirname(modules), `${name}.json`));
      await prepare(values.prepare, name, tree, env, limitMs, progress);
      progress(`running ${place} ${name} the fix, at ${commits[name].hash.slice(0, 10)}`);
      made[name] = await oneRun(runner, tree, place, text, env, limitMs);
      // What the first shows decides: a test that is none need not run twice.
      const problem = problemOf(name, made[name], commits[name]);
      if (problem !== null) throw problem;
    }
    return made;
  });
  const proof = { test: place, at: new Date().toISOString().replace(/\.\d+Z$/, 'Z'), before: shown(runs.before, commits.before), after: shown(runs.after, commits.after) };
  if (facts !== null) {
    const git = facts.git && { ...facts.git, fix: fixOf(repository, commits.before, commits.after, facts.git.origin?.path) };
    writeCase(folder, { ...facts, proof, git });
  }
  print(values.json ? JSON.stringify(proof) : summary(proof, facts === null ? null : folder));
  return 0;
}

module.exports = { verify };

function refused(problem, hint, output = '') {
  return Object.assign(error('ERR_LEAKLINE_PROOF', problem, hint, tail(output)), { exitCode: 1 });
}

function revision(repository, name, text) {
  const commit = commitOf(repository, text);
  if (commit !== null) return commit;
  throw error('ERR_LEAKLINE_USAGE', `--${name} must be a revision of ${repository.root}, got '${text}'.`, 'case');
}

/** Where the test lies in a checkout: where it does in the working copy, else at the root. */
function placeIn(root, test) {
  const inside = path.relative(root, fs.realpathSync(test));
  return (inside.startsWith('..') || path.isAbsolute(inside) ? path.basename(test) : inside).replaceAll('\\', '/');
}

/** Without what switches leakline or an outer test runner. */
function environment(modules, result) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(LEAKLINE|NODE_TEST_CONTEXT$|JEST_WORKER_ID$|VITEST)/.test(name)));
  return { ...env, NODE_PATH: [env.NODE_PATH, modules].filter(Boolean).join(path.delimiter), LEAKLINE_FLIGHT: '0', LEAKLINE_CASE_RESULT: result, NO_COLOR: '1' };
}

async function prepare(command, name, tree, env, limitMs, progress) {
  if (command === undefined) return;
  progress(`preparing ${name}: ${command}`);
  const { code, output } = await runCommand(command, tree, env, limitMs);
  if (code !== 0) throw refused(`${command} failed ${name} the fix (exit code ${code})`, 'It is run in each checkout before the test: --prepare.', output);
}

async function oneRun(runner, tree, place, text, env, limitMs) {
  const file = path.join(tree, place);
  makeFolder(path.dirname(file));
  fs.writeFileSync(file, text);
  const run = await runTest(runner, tree, file, { env, limitMs });
  return { ...run, found: readJson(env.LEAKLINE_CASE_RESULT) };
}

/** Why a run is no part of a proof; null where it is. */
function problemOf(name, { code, output, hasTimedOut, found }, { hash }) {
  const at = `${name} the fix, at ${hash.slice(0, 10)},`;
  if (hasTimedOut) return refused(`${at} the test did not end in time`, 'End what work() begins, or raise --timeout.');
  const again = found?.again?.length ?? 0;
  if (found === null || !Array.isArray(found.again) || !Array.isArray(found.result?.leaks)) {
    return code === 0
      ? refused(`${at} the test passes, and does not say what it found`, 'Keep its line with LEAKLINE_CASE_RESULT.')
      : refused(`${at} the test fails for another reason than a leak`, 'Fill in what is marked FILL IN; see the output above.', output);
  }
  if (name === 'before') {
    if (again === 0) {
      const others = found.result.leaks.map(({ kind, label, origin }) => `${kind} ${label} at ${origin ? `${path.basename(origin.file)}:${origin.line}` : 'no line'}`);
      return others.length > 0
        ? refused(`${at} the test finds other leaks, and not ${leakName(found)}: ${others.slice(0, 5).join('; ')}`, 'work() has to reach the line of the case, or --before is not the revision that leaks.')
        : refused(`${at} the test ${code === 0 ? 'passes' : 'fails, but not for a leak'}: work() does not leak there`, 'work() has to reach the line of the case as the service does, or --before is not the revision that leaks.');
    }
    if (code === 0) return refused(`${at} the test passes although it finds ${leakName(found)}`, 'Keep its assertion.');
    return null;
  }
  if (again > 0) return refused(`${at} ${leakName(found)} is still there: ${found.again[0].perIteration} a call`, 'The fix does not end what the test begins, or work() does not end it as the service does.');
  if (code !== 0) return refused(`${at} the test fails for another reason than the leak`, 'See the output above.', output);
  return null;
}

function leakName({ LEAK }) {
  return `${LEAK?.kind} of ${LEAK?.file}`;
}

function shown({ code, ms, found }, { hash }) {
  const { iterations, heap } = found.result;
  return {
    commit: hash, code, ms, calls: iterations,
    perCall: found.again.reduce((sum, { perIteration }) => sum + perIteration, 0),
    bytesPerCall: heap?.bytesPerCall ?? null,
  };
}

function tail(output) {
  const lines = stripVTControlCharacters(output).split('\n').map((line) => line.trimEnd()).filter(Boolean);
  const cause = lines.findIndex((line) => /\b\w*Error\b|not ok/.test(line));
  const from = cause < 0 ? Math.max(0, lines.length - SHOWN) : cause;
  return lines.slice(from, from + SHOWN).map((line) => ({ what: '', why: line }));
}

function summary({ test, before, after }, folder) {
  const words = ({ perCall, calls }) => (perCall > 0 ? `${perCall} left by each of ${calls} calls` : `nothing left by ${calls} calls`);
  return [
    `proven: ${test}`,
    `  before  ${before.commit.slice(0, 10)}  fails   ${words(before)}`,
    `  after   ${after.commit.slice(0, 10)}  passes  ${words(after)}`,
    ...(folder === null ? [] : [`${path.join(folder, 'case.md')} has both`]),
  ].join('\n');
}
