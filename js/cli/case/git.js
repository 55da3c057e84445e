'use strict';

/** What a repository says of lines: their commit, their text, what released before. By `git` itself, which must be in PATH. */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { fileURLToPath } = require('node:url');

/** Lines around the one that is meant. */
const BEFORE = 6;
const AFTER = 4;
/** A command of git that takes longer waits for something. */
const LIMIT_MS = 20_000;
/** Lines of a difference. */
const MAX_DIFF = 80;
/** Bytes of a file that is shown. */
const MAX_BYTES = 4 * 2 ** 20;

/** What a call looks like that releases, by kind: extended regular expressions. */
const RELEASES = {
  listener: '\\.(off|removeListener|removeAllListeners|removeEventListener)\\(',
  interval: 'clearInterval\\(',
  timeout: 'clearTimeout\\(',
  immediate: 'clearImmediate\\(',
  map: '\\.(delete|clear)\\(',
  set: '\\.(delete|clear)\\(',
  array: '\\.(splice|shift|pop)\\(',
  handle: '\\.(close|destroy|end|kill|terminate)\\(',
  pool: '\\.(release|destroy|end|quit)\\(',
};

/**
 * A repository.
 * @param {string} folder in it
 * @returns {{ root: string, git: (...args: string[]) => string | null } | { problem: string }}
 */
function openRepository(folder) {
  const run = (...args) => {
    const env = { ...process.env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
    return spawnSync('git', args, { cwd: folder, env, encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: 64 * 2 ** 20, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  if (!fs.existsSync(folder)) return { problem: `there is no folder ${folder}` };
  const { status, stdout, stderr, error } = run('rev-parse', '--show-toplevel');
  if (error?.code === 'ENOENT') return { problem: 'git is not installed, so no commit is known' };
  const own = path.resolve(folder);
  if (status !== 0 && /dubious ownership/.test(stderr)) {
    return { problem: `git does not trust ${own}, which another user owns: git config --global --add safe.directory ${own}` };
  }
  if (status !== 0 || stdout.trim() === '') return { problem: `${own} is in no repository of git` };
  folder = stdout.trim();
  const git = (...args) => {
    const done = run(...args);
    return done.status === 0 ? done.stdout : null;
  };
  return { root: folder, git };
}

/**
 * A commit by a name of it; null where there is none.
 * @returns {{ hash: string, subject: string, author: string, at: string } | null}
 */
function commitOf({ git }, name) {
  // Nothing that git could take for an option.
  if (typeof name !== 'string' || !/^[\w][\w./~^@{}-]*$/.test(name)) return null;
  const text = git('log', '-1', '--format=%H%x00%ct%x00%an%x00%s', `${name}^{commit}`);
  return text === null ? null : commitFrom(text.trim());
}

/**
 * What the repository says of a site.
 * @param {object} repository
 * @param {{ leak: object, commit?: string | null, cwd?: string | null, ranAt?: number }} site `ranAt`: since when its code
 * had been loaded, in ms since 1970
 */
function factsOf(repository, { leak, commit, cwd, ranAt = NaN }) {
  const ran = commitOf(repository, commit ?? '');
  const at = ran ?? commitOf(repository, 'HEAD');
  if (at === null) return { problem: 'the repository has no commit yet' };
  const files = new Set(repository.git('ls-tree', '-r', '--name-only', '-z', at.hash)?.split('\0'));
  const linesAt = (frame, withBlame) => linesOf(repository, at.hash, pathIn(repository, files, frame?.file, cwd), frame, withBlame, ranAt);
  const origin = linesAt(leak.origin, true);
  const place = leak.stack.findIndex((frame) => isSamePlace(frame, leak.origin));
  const caller = leak.stack.slice(place + 1).find((frame) => isOfApplication(frame) && !isSamePlace(frame, leak.origin));
  const inserter = leak.topInserter?.stack.find(isOfApplication);
  const facts = {
    user: repository.git('config', 'user.name')?.trim() || null,
    commit: at,
    isRunning: ran !== null,
    origin,
    inserter: inserter && !isSamePlace(inserter, leak.origin) ? linesAt(inserter, true) : null,
    caller: caller ? linesAt(caller, false) : null,
    removed: origin?.introduced ? removedSince(repository, origin, at.hash, leak) : null,
  };
  return { facts, problem: origin === null ? whyNoLine(leak, at) : origin.introduced === null ? whyNoCommit(repository, origin) : undefined };
}

/** The difference of two revisions as a fix of a file. */
function fixOf(repository, before, after, file) {
  const list = (...args) => repository.git('diff', ...args, before.hash, after.hash)?.split('\n').filter(Boolean) ?? [];
  const diff = file ? repository.git('diff', '-U3', before.hash, after.hash, '--', file)?.split('\n').filter((line) => !/^(diff|index|---|\+\+\+)/.test(line)) ?? [] : [];
  return { before, after, files: list('--name-only').slice(0, 200), diff: diff.filter((line, at) => line !== '' || at < diff.length - 1).slice(0, MAX_DIFF) };
}

module.exports = { openRepository, commitOf, factsOf, fixOf };

function commitFrom(text) {
  const [hash, time, author, ...subject] = text.split('\0');
  return { hash, subject: subject.join(' '), author, at: timeOf(time) };
}

function timeOf(seconds) {
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

function isSamePlace(one, other) {
  return one !== undefined && other !== undefined && other !== null && one.file === other.file && one.line === other.line && one.column === other.column;
}

function isOfApplication({ file }) {
  return file !== '' && !/^(node:|<|native$)/.test(file) && !/[\\/]node_modules[\\/]/.test(file);
}

function localPath(file) {
  return /^file:/.test(file) ? fileURLToPath(file) : file;
}

/**
 * A file of a recording within the repository: below its folder, or by the longest end of the path that there is, as a
 * container has another root. One name alone is not enough for that.
 */
function pathIn({ root }, files, file, cwd) {
  if (!file || /^(node:|<)/.test(file)) return null;
  const local = localPath(file).replaceAll('\\', '/');
  const below = (folder) => (folder && local.startsWith(`${folder.replaceAll('\\', '/').replace(/\/$/, '')}/`) ? local.slice(folder.replace(/[\\/]$/, '').length + 1) : null);
  for (const relative of [below(root), below(cwd)]) if (relative !== null && files.has(relative)) return relative;
  const parts = local.split('/').filter(Boolean);
  for (let from = 0; from < parts.length - 1; from++) {
    const end = parts.slice(from).join('/');
    if (files.has(end)) return end;
  }
  return null;
}

/** The lines around a frame at a commit, and who brought its own; null where the file has no such position. */
function linesOf(repository, revision, file, frame, withBlame, ranAt) {
  if (file === null) return null;
  const isUncommitted = isChangedCopy(repository, revision, file, frame, ranAt);
  const text = isUncommitted ? fs.readFileSync(path.join(repository.root, file), 'utf8') : repository.git('show', `${revision}:${file}`);
  if (text === null || text.length > MAX_BYTES) return null;
  const all = text.split('\n');
  const { line, column } = frame;
  if (line < 1 || line > all.length || column > all[line - 1].length + 1) return null;
  const first = Math.max(1, line - BEFORE);
  return {
    path: file,
    line,
    first,
    text: all.slice(first - 1, line + AFTER).map((each) => each.replace(/\r$/, '').slice(0, 400)),
    introduced: withBlame ? blame(repository, isUncommitted ? [] : [revision], file, line) : null,
    isUncommitted,
  };
}

/** Whether the file that ran is the working copy's, which had been changed by then. */
function isChangedCopy({ root, git }, revision, file, frame, ranAt) {
  const own = path.join(root, file);
  try {
    if (fs.realpathSync(localPath(frame.file)) !== fs.realpathSync(own) || !(fs.statSync(own).mtimeMs <= ranAt)) return false;
  } catch {
    return false;
  }
  return Boolean(git('diff', '--name-only', revision, '--', file)?.trim());
}

/**
 * Whitespace and lines that were moved from elsewhere do not count. Null for a line that is in no commit, and for one as old
 * as the history of a shallow clone: an older commit may have brought it.
 */
function blame(repository, revision, file, line) {
  const text = repository.git('blame', '-w', '-C', '--porcelain', '-L', `${line},${line}`, ...revision, '--', file);
  if (text === null || /^0+ /.test(text) || (/^boundary$/m.test(text) && isShallow(repository))) return null;
  const field = (name) => new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
  return { hash: text.slice(0, text.indexOf(' ')), subject: field('summary'), author: field('author'), at: timeOf(field('committer-time')) };
}

/**
 * The last commit since the line came that has changed how often its file releases, where that removed a call: a leak may
 * begin with a line that goes. Of a listener the call must be of the same event, as far as it names one.
 */
function removedSince({ git }, { path: file, introduced }, revision, { kind, label }) {
  const release = RELEASES[kind];
  if (release === undefined || introduced.hash === revision) return null;
  const text = git('log', '-1', '--format=%H%x00%ct%x00%an%x00%s', '--pickaxe-regex', '-S', release, `${introduced.hash}..${revision}`, '--', file)?.trim();
  if (!text) return null;
  const commit = commitFrom(text);
  const changes = git('show', '--format=', '-U0', '-w', commit.hash, '--', file)?.split('\n') ?? [];
  const pattern = new RegExp(release);
  const of = (sign) => changes.filter((line) => line.startsWith(sign) && !line.startsWith(sign.repeat(3)) && pattern.test(line)).map((line) => line.slice(1));
  const [removed, added] = [of('-'), of('+')];
  if (removed.length <= added.length) return null;
  const event = /'(.*)'$/.exec(label)?.[1];
  const fits = (line) => kind !== 'listener' || event === undefined || !/\(\s*['"`]/.test(line) || line.includes(event);
  const line = removed.find((each) => fits(each) && !added.some((other) => other.trim() === each.trim()));
  return line === undefined ? null : { commit, text: line.trim().slice(0, 400) };
}

function isShallow({ git }) {
  return git('rev-parse', '--is-shallow-repository')?.trim() === 'true';
}

function whyNoCommit(repository, { path: file, line, isUncommitted }) {
  if (isUncommitted) return `line ${line} of ${file} is in no commit yet`;
  if (isShallow(repository)) return `the clone is shallow, and the line is as old as its history: git fetch --unshallow brings the rest`;
  return undefined;
}

function whyNoLine({ origin }, { hash }) {
  if (!origin) return 'the recording names no line of the application';
  return `the repository has no ${path.basename(origin.file)} with line ${origin.line} at commit ${hash.slice(0, 10)}: another repository (--repo), a built file, or another commit`;
}
