'use strict';

// The packages as they are published, packed from this clone: the main one and the one of this machine.

const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const { fileOf, platforms } = require('../js/base/native');
const { npmScript, root } = require('./exec');

const [platform] = platforms();
// What packing reads. `npm` and `.scripts` are there for what prepack does.
const sources = ['package.json', 'config.schema.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs', 'js', 'npm', '.scripts/platforms.js', '.scripts/exec.js'];

/**
 * Packs both into `folder`, and returns their files.
 *
 * @param {string} folder
 * @param {object} env of npm
 */
function pack(folder, env) {
  return [packMain(folder, env), packPlatform(folder, env)];
}

/** A name for what `pack()` would pack now: it changes when any of it does. */
function packedVersion() {
  const hash = createHash('sha256');
  for (const file of [...sources.map((name) => path.join(root, name)), addon()].flatMap(filesOf)) {
    hash.update(path.relative(root, file)).update('\0').update(fs.readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

module.exports = { pack, packedVersion };

// In a copy: packing changes package.json for a moment, and others read it meanwhile.
function packMain(folder, env) {
  const copy = path.join(folder, 'main');
  for (const name of sources) fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  const before = fs.readFileSync(path.join(copy, 'package.json'), 'utf8');
  npmPack(copy, env);
  const after = fs.readFileSync(path.join(copy, 'package.json'), 'utf8');
  if (after !== before) throw new Error('packing left its changes in package.json');
  return path.join(copy, `leakline-${JSON.parse(after).version}.tgz`);
}

function packPlatform(folder, env) {
  const copy = path.join(folder, 'platform');
  fs.cpSync(path.join(root, 'npm', platform), copy, { recursive: true });
  fs.copyFileSync(addon(), path.join(copy, path.basename(addon())));
  npmPack(copy, env);
  const { name, version } = JSON.parse(fs.readFileSync(path.join(copy, 'package.json'), 'utf8'));
  return path.join(copy, `${name}-${version}.tgz`);
}

function addon() {
  const file = platform === undefined ? undefined : fileOf(platform);
  if (file === undefined || !fs.existsSync(file)) throw new Error("the addon is not built: run 'npm run build'");
  return file;
}

function npmPack(cwd, env = process.env) {
  const done = spawnSync(process.execPath, [npmScript(), 'pack'], { cwd, env, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`npm pack failed:\n${done.stdout}${done.stderr}`);
}

function filesOf(file) {
  if (!fs.statSync(file).isDirectory()) return [file];
  return fs.readdirSync(file).toSorted().flatMap((name) => filesOf(path.join(file, name)));
}
