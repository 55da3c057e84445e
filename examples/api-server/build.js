'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { withLock } = require('../../.scripts/lock');

const built = path.join(__dirname, '.build');
const stamp = path.join(built, 'stamp');

/** Compiles the TypeScript of both variants when it is newer than what was compiled; returns the folder that has it. */
function build() {
  withLock(path.join(__dirname, '.build.lock'), () => {
    const began = new Date();
    if (newest() < timeOf(stamp)) return;
    fs.rmSync(built, { recursive: true, force: true });
    const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
    // Its complaints go to stdout.
    execFileSync(process.execPath, [tsc, '-p', __dirname], { stdio: ['ignore', 'inherit', 'inherit'] });
    // Last of all: a compilation that failed or was ended leaves none. As old as its beginning, so that an edit
    // meanwhile is seen as newer.
    fs.writeFileSync(stamp, '');
    fs.utimesSync(stamp, began, began);
  });
  return built;
}

module.exports = { build };

function newest() {
  const folders = ['shared', 'leaky', 'fixed'].map((name) => path.join(__dirname, name));
  const sources = folders.flatMap((folder) => fs.readdirSync(folder).map((name) => path.join(folder, name)));
  return Math.max(...[...folders, ...sources, path.join(__dirname, 'tsconfig.json')].map(timeOf));
}

function timeOf(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
