'use strict';

/** Revisions of a repository beside one another, each in a folder of its own for as long as something runs there. */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { makeFolder } = require('../../base/make-folder');

/** Where leakline itself is: a project that does not have it can be tested all the same. */
const OWN = path.join(__dirname, '..', '..', '..');

/**
 * Calls `fn` with folders that have revisions; they are gone afterwards, also when a signal ends this process.
 * @template T
 * @param {{ root: string, git: (...args: string[]) => string | null }} repository
 * @param {Record<string, string>} revisions hashes by name
 * @param {(folders: Record<string, string>, modules: string) => Promise<T>} fn `modules`: a folder with leakline in it
 * @returns {Promise<T>}
 */
async function withWorktrees(repository, revisions, fn) {
  const base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakline-case-')));
  const folders = {};
  const remove = () => {
    for (const folder of Object.values(folders)) repository.git('worktree', 'remove', '--force', folder);
    fs.rmSync(base, { recursive: true, force: true });
    repository.git('worktree', 'prune');
  };
  const end = (signal) => {
    remove();
    process.exit(128 + os.constants.signals[signal]);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, end);
  try {
    for (const [name, hash] of Object.entries(revisions)) {
      const folder = path.join(base, name);
      if (repository.git('worktree', 'add', '--detach', folder, hash) === null) throw new Error(`git could not check out ${hash} into ${folder}`);
      folders[name] = folder;
      linkModules(repository, folder);
    }
    const modules = path.join(base, 'modules');
    makeFolder(modules);
    fs.symlinkSync(OWN, path.join(modules, 'leakline'), 'junction');
    return await fn(folders, modules);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeListener(signal, end);
    remove();
  }
}

module.exports = { withWorktrees };

/** What is installed is in no commit: it is the working copy's. */
function linkModules({ root, git }, folder) {
  const manifests = git('-C', folder, 'ls-files', '-z', '--', 'package.json', '*/package.json')?.split('\0').filter(Boolean) ?? [];
  const places = new Set(['.', ...manifests.map((file) => path.dirname(file))]);
  for (const place of places) {
    const installed = path.join(root, place, 'node_modules');
    const link = path.join(folder, place, 'node_modules');
    if (fs.existsSync(installed) && !fs.existsSync(link) && fs.existsSync(path.dirname(link))) fs.symlinkSync(installed, link, 'junction');
  }
}
