'use strict';

/** Makes a case of a recording. */

const fs = require('node:fs');
const path = require('node:path');
const { gzipSync } = require('node:zlib');

const { clean } = require('../../base/clean');
const { error } = require('../../base/errors');
const { load } = require('../../base/native');
const { timeOf } = require('../flight/at');
const { print } = require('../output');
const { flightOf, naming, read, shapeNameOf, shapeOf } = require('../read');
const { ask, readAnswers } = require('./answers');
const { countsOf, factsIn, writeCase } = require('./documents');
const { factsOf, openRepository } = require('./git');
const { firstAlert } = require('./prometheus');
const { RUNNERS, endsOf, heapSnapshotsOf, packageOf, relatedTo, runnerOf } = require('./service');

/** Points of the history that case.json keeps of each line. */
const MAX_POINTS = 360;
const TEST_NAME = 'leak.test.js';

/**
 * @param {string} file
 * @param {Record<string, any>} values
 * @param {(line: string) => void} progress
 */
async function make(file, values, progress) {
  const before = caseIn(file);
  const { facts, more, folder } = before ? { facts: factsIn(before), more: {}, folder: values.out ?? before } : await collect(file, values, values.out, progress);
  if (values.answers !== undefined) facts.answers = { ...facts.answers, ...readAnswers(values.answers) };
  if (values.ask) facts.answers = await ask(facts.answers);
  progress(`writing ${folder}`);
  const written = writeCase(folder, facts, more);
  if (values.json) print(JSON.stringify({ out: folder, files: written.files, ...countsOf(written.made), title: written.made.title, fingerprint: written.made.fingerprint }));
  else print(summary(folder, written));
  return 0;
}

/** The facts of a recording: of one of its sites, for `leakline case test`. */
async function collect(file, values, out, progress) {
  progress(`reading ${file}`);
  const flight = flightOf(file, { command: 'case', at: values.at, course: true });
  const value = flight?.snapshot ?? read(file);
  const subject = subjectOf(value, file, values, flight !== undefined);
  const { leak } = subject;
  const folder = out ?? `case-${leak.fingerprint.slice(0, 8)}`;
  const kept = factsIn(folder);
  const repo = path.resolve(values.repo ?? '.');
  if (!fs.statSync(repo, { throwIfNoEntry: false })?.isDirectory()) throw error('ERR_LEAKLINE_USAGE', `--repo must be a folder, got '${values.repo}'.`, 'case');
  const commit = flight?.identity.commit ?? null;
  const cwd = flight?.identity.cwd ?? null;
  progress(`asking git about ${leak.origin ? `${leak.origin.file}:${leak.origin.line}` : 'no line'}`);
  const repository = openRepository(repo);
  const git = repository.problem === undefined ? factsOf(repository, { leak, commit, cwd, ranAt: ranAt(value, flight?.path ?? file) }) : repository;
  const { process: recorded = {}, mode = '', totals = {}, heap = null } = value;
  const facts = {
    createdAt: kept?.createdAt ?? now(),
    file: path.basename(flight?.path ?? file),
    ...serviceOf(flight, repo),
    process: {
      pid: recorded.pid ?? null,
      host: flight?.identity.host ?? null,
      node: recorded.node ?? process.version,
      mode,
      script: flight?.identity.script ?? null,
      cwd: cwd ?? repository.root ?? null,
      commit,
      startedAt: recorded.startedAt ?? null,
      takenAt: recorded.takenAt ?? null,
      uptimeMs: recorded.uptimeMs ?? 0,
      runs: flight?.runs ?? false,
      iterations: value.iterations ?? null,
    },
    since: sinceOf(values.since),
    reason: values.reason ?? null,
    ...subject,
    totals,
    // A check has a heap of another shape.
    heap: value.iterations === undefined ? heap : null,
    course: thinned(flight?.course),
    ends: flight ? endsOf(flight) : [],
    git: git.facts ?? null,
    gitProblem: git.problem ?? null,
    heapSnapshots: heapSnapshotsOf(path.resolve(flight?.path ?? file), cwd),
    prometheus: values.prom === undefined ? null : await firstAlert(values.prom, ...timeSpan(recorded)),
    related: relatedTo(leak.fingerprint, folder),
    answers: kept?.leak.fingerprint === leak.fingerprint ? kept.answers : {},
    test: planOf(repository, leak, git.facts, folder, values.runner, repo),
  };
  return { facts, folder, more: values.bare ? {} : exchanged(value, file, cwd) };
}

module.exports = { make, collect, sideOf, thinned };

/** The folder of a case that was made before; null for a recording. */
function caseIn(file) {
  if (fs.existsSync(path.join(file, 'case.json'))) return file;
  return path.basename(file) === 'case.json' && fs.existsSync(file) ? path.dirname(file) : null;
}

function subjectOf(value, file, { site: wanted, at }, isFlight) {
  const shape = shapeOf(value);
  if (shape !== 'snapshot' && shape !== 'check') {
    throw error('ERR_LEAKLINE_CASE', file, `a case is of a flight file, a snapshot or a check result, and it is ${shapeNameOf(value)}`, 'Name a recording.');
  }
  const subject = JSON.parse(naming(file, () => load().caseSubject(JSON.stringify(value), shape === 'check', wanted ?? null)));
  if (subject !== null) return subject;
  const made = wanted === undefined
    ? error('ERR_LEAKLINE_CASE', file, 'nothing in it is a leak or a suspect', `See what was watched: leakline report --all ${file}${isFlight && at === undefined ? '; of a time before: --at -10m' : ''}`)
    : error('ERR_LEAKLINE_CASE', file, `it has no line with fingerprint '${wanted}'`, `See those it has: leakline report --format json ${file}`);
  throw Object.assign(made, { exitCode: 1 });
}

function serviceOf(flight, repo) {
  if (flight?.identity.package) return { service: flight.identity.package, version: flight.identity.version ?? null };
  const { name, version } = packageOf(repo);
  const script = flight?.identity.script ? path.basename(flight.identity.script) : '';
  return { service: name ?? script, version: name ? version ?? null : null };
}

function sinceOf(text) {
  const at = timeOf('case', text, Date.now(), 'since');
  if (at > Date.now()) throw error('ERR_LEAKLINE_USAGE', `--since must be a time before now, got '${text}'.`, 'case');
  return at === undefined ? null : new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

function now() {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Since when the code had been loaded; of a recording without a time, when it was written. */
function ranAt({ process: recorded }, file) {
  return Date.parse(recorded?.startedAt) || (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? NaN);
}

function timeSpan({ startedAt, takenAt }) {
  const until = Date.parse(takenAt) || Date.now();
  return [Date.parse(startedAt) || until - 3_600_000, until];
}

/** Of each series so many points that a chart shows no difference. */
function thinned(course) {
  if (course === undefined) return undefined;
  const thin = (points) => {
    const step = Math.ceil(points.length / MAX_POINTS);
    return points.filter((_, at) => (points.length - 1 - at) % Math.max(1, step) === 0);
  };
  return { ...course, process: thin(course.process), sites: course.sites.map((site) => ({ ...site, points: thin(site.points) })) };
}

/** Where the regression test lies, and what it loads. A case outside of the repository has a test for its root. */
function planOf(repository, leak, facts, out, runner, repo) {
  const root = repository.root ?? repo;
  const inside = path.relative(root, real(path.resolve(out)));
  const isInside = !inside.startsWith('..') && !path.isAbsolute(inside);
  const folder = isInside ? path.join(root, inside) : root;
  const manifest = packageOf(existing(folder));
  const chosen = runner ?? runnerOf(packageOf(root));
  if (!RUNNERS.includes(chosen)) throw error('ERR_LEAKLINE_USAGE', `--runner must be one of ${RUNNERS.join(', ')}, got '${runner}'.`, 'case');
  return {
    runner: chosen,
    isModule: manifest.type === 'module',
    subject: subjectPath(root, folder, leak, facts, chosen),
    path: (isInside && inside !== '' ? path.join(inside, TEST_NAME) : TEST_NAME).replaceAll('\\', '/'),
  };
}

/** What the test loads, as it is written there: the file that runs, for runners that know no TypeScript. */
function subjectPath(root, folder, { origin, shippedAt }, facts, runner) {
  const file = facts?.origin?.path;
  if (!file) return null;
  const isPlain = /\.(js|cjs|mjs)$/.test(file);
  if (isPlain || runner === 'vitest' || runner === 'jest') return relative(folder, path.join(root, file));
  const shipped = shippedAt?.file ?? (origin && /\.(js|cjs|mjs)$/.test(origin.file) ? origin.file : undefined);
  return shipped && !path.relative(root, shipped).startsWith('..') ? relative(folder, shipped) : null;
}

function relative(folder, file) {
  const name = path.relative(folder, file).replaceAll('\\', '/');
  return name.startsWith('.') ? name : `./${name}`;
}

function existing(folder) {
  return fs.existsSync(folder) || folder === path.dirname(folder) ? folder : existing(path.dirname(folder));
}

/** The real path of what need not be there yet. */
function real(file) {
  const there = existing(file);
  return path.join(fs.realpathSync(there), path.relative(there, file));
}

/** What other tools read, of all that was found. */
function exchanged(value, file, cwd) {
  const ask = JSON.stringify({ format: 'sarif', cwd: cwd ?? process.cwd() });
  const sarif = naming(file, () => load().report(JSON.stringify(value), ask));
  if (shapeOf(value) !== 'snapshot') return { 'report.sarif': sarif };
  const profile = Buffer.from(naming(file, () => load().pprof(JSON.stringify(value))), 'base64');
  return { 'report.sarif': sarif, 'profile.pb.gz': gzipSync(profile) };
}

/** A recording for a comparison. */
function sideOf(flight, file, value) {
  const { identity, runs, ended } = flight ?? {};
  return {
    file: path.basename(flight?.path ?? file),
    at: value.process.takenAt,
    uptimeMs: value.process.uptimeMs,
    commit: identity?.commit ?? null,
    state: flight === undefined ? 'not recorded' : runs ? 'runs' : ended.text,
  };
}

function summary(folder, { made, files, keptTest }) {
  const { filled, proposed, answered, asked, unknown } = countsOf(made);
  const counts = [[filled, 'filled in'], [proposed, 'proposed'], [answered, 'answered'], [asked, 'asked'], [unknown, 'not known, each with its reason']];
  return [
    made.title,
    `  ${made.summary}`,
    '',
    `${folder}: ${files.join(', ')}`,
    ...(keptTest ? [`  the test there was left as it is`] : []),
    ...(made.facts.prometheus?.problem ? [clean(made.facts.prometheus.problem)] : []),
    `fields: ${counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`).join(', ')}`,
    ...(asked > 0 ? [`next: leakline case ${path.join(folder, 'case.json')} --ask`] : []),
    `      fill in work() of ${made.facts.test.path}, then: leakline case verify ${path.join(folder, path.basename(made.facts.test.path))} --before REV --after REV`,
  ].join('\n');
}
