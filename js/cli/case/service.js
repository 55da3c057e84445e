'use strict';

/** What the surroundings of a recording say: the service's package, earlier ends, heap snapshots, earlier cases. */

const fs = require('node:fs');
const path = require('node:path');

const { listFlights } = require('../flight/files');

const RUNNERS = ['node', 'jest', 'vitest', 'mocha'];
/** Files that are named, and folders that are looked into. */
const MAX_FILES = 10;
const MAX_FOLDERS = 200;
const MAX_BYTES = 8 * 2 ** 20;

/** The nearest package.json at or above a folder; an empty object where there is none. */
function packageOf(folder) {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const found = readJson(path.join(at, 'package.json'));
    if (found !== null) return found;
    if (at === path.dirname(at)) return {};
  }
}

/** The test runner that a package uses; Node's own where it names none. */
function runnerOf({ devDependencies = {}, dependencies = {} }) {
  return ['vitest', 'jest', 'mocha'].find((name) => Object.hasOwn({ ...dependencies, ...devDependencies }, name)) ?? 'node';
}

/** How runs of the same program ended that left their files beside this one, the last first. */
function endsOf({ path: file, identity }) {
  const isSame = (other) => other.identity.script === identity.script && other.identity.cwd === identity.cwd;
  return listFlights([path.dirname(file)]).filter(isSame).slice(0, 50).map(({ atUnixMs, runs, ended }) => ({
    at: new Date(atUnixMs).toISOString(),
    how: runs ? 'running' : ended.how,
    text: runs ? 'runs' : ended.text,
  }));
}

/** Heap snapshots beside a recording, and in the folder that its process ran in. */
function heapSnapshotsOf(file, cwd) {
  const folders = new Set([path.dirname(file), ...(cwd ? [cwd] : [])]);
  return [...folders].flatMap((folder) => namesIn(folder).filter((name) => name.endsWith('.heapsnapshot'))).slice(0, MAX_FILES);
}

/** Other cases of the same fingerprint in the folder that this one's is in. */
function relatedTo(fingerprint, out) {
  const folder = path.dirname(path.resolve(out));
  const others = namesIn(folder).filter((name) => name !== path.basename(path.resolve(out))).slice(0, MAX_FOLDERS);
  return others.flatMap((name) => {
    const known = readJson(path.join(folder, name, 'case.json'));
    return known?.type === 'case' && known.fingerprint === fingerprint ? [{ folder: name, at: String(known.facts?.createdAt ?? '') }] : [];
  });
}

/** A JSON file; null where there is none that can be read, or it is larger. */
function readJson(file, maxBytes = MAX_BYTES) {
  try {
    if (fs.statSync(file).size > maxBytes) return null;
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

module.exports = { RUNNERS, packageOf, runnerOf, endsOf, heapSnapshotsOf, relatedTo, readJson };

function namesIn(folder) {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
