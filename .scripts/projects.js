'use strict';

// npm run projects [-- NAME…]: the folders in which leakline is tried as its users have it, each with a test runner
// from npm and with leakline installed from its packed packages. Under a minute the first time, then only what changed.
//
// What is tested lies in folders of its own below a project and finds the packages of the project above it, so that
// one installation serves them all.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { npmScript, root, script } = require('./exec');
const { ensureAddon } = require('./ensure');
const { withLock } = require('./lock');
const { pack, packedVersion } = require('./pack');

// Exact versions, so that a run of today and one of next year do the same. All of them run on Node 20.
const servers = { express: '5.3.0', supertest: '7.3.2', ws: '8.23.0' };
const compilers = {
  '@babel/core': '7.29.13',
  '@babel/preset-env': '7.29.14',
  '@babel/preset-typescript': '7.29.7',
  '@swc/core': '1.16.22',
  '@swc/jest': '0.2.39',
  'ts-jest': '29.4.15',
  typescript: '5.9.3',
};
const projects = {
  jest29: { jest: '29.7.0', ...compilers, ...servers },
  jest30: { jest: '30.5.2', ...compilers, ...servers },
  // The last ones for Node 20.
  vitest: { vitest: '4.1.12', vite: '7.3.8' },
  mocha: { mocha: '12.0.3' },
};
const cache = path.join(root, '.projects');
// A machine without network waits a minute and a half for npm's own attempts; two are enough.
const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', '--fetch-retries=1'];

// Those that an earlier process could not install.
const unavailable = new Set((process.env.LEAKLINE_TEST_NO_PROJECTS ?? '').split(',').filter(Boolean));

/**
 * Makes a project ready: its runner installed, and leakline as it is now.
 *
 * @param {string} name one of `projectNames`
 * @returns {{ folder: string } | { reason: string }} where it is, or why there is none, to be given as a skip's reason
 * @throws in CI, where a missing one is a failure
 */
function ensureProject(name) {
  const folder = path.join(cache, name);
  try {
    ensureAddon();
    withLock(path.join(cache, `${name}.lock`), () => {
      installPackages(name, folder, projects[name]);
      installLeakline(folder);
    });
    return { folder };
  } catch (error) {
    console.log(`  ${error.message.trimEnd().replaceAll('\n', '\n  ')}`);
    const reason = `the project ${name} could not be made: ${error.message.split('\n', 1)[0]}`;
    if (process.env.CI === 'true') throw new Error(reason, { cause: error });
    // Each test file asks again: one attempt is enough.
    unavailable.add(name);
    process.env.LEAKLINE_TEST_NO_PROJECTS = [...unavailable].join();
    return { reason };
  }
}

/**
 * Packages that one tool alone needs, in a folder of their own.
 *
 * @param {string} name of the folder
 * @param {Record<string, string>} packages with their exact versions
 * @returns {string} where they are
 * @throws when they are not there yet and cannot be installed
 */
function ensurePackages(name, packages) {
  const folder = path.join(cache, name);
  withLock(path.join(cache, `${name}.lock`), () => installPackages(name, folder, packages));
  return folder;
}

module.exports = { ensurePackages, ensureProject, projectNames: Object.keys(projects) };

function installPackages(name, folder, packages) {
  const manifest = `${JSON.stringify({ private: true, dependencies: packages }, null, 2)}\n`;
  const stamp = path.join(folder, 'runner.stamp');
  if (textOf(stamp) === manifest) return;
  if (unavailable.has(name)) throw new Error('npm could not install its packages before');
  console.log(`installing the packages of .projects/${name} …`);
  fs.rmSync(stamp, { force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), manifest);
  try {
    npm(['install', ...quiet], folder);
  } catch (error) {
    throw new Error(`its packages could not be installed from npm\n${error.message}`, { cause: error });
  }
  // Last of all: an interrupted installation leaves none.
  fs.writeFileSync(stamp, manifest);
}

function installLeakline(folder) {
  const version = packedVersion();
  const stamp = path.join(folder, 'leakline.stamp');
  if (textOf(stamp) === version && fs.existsSync(path.join(folder, 'node_modules', 'leakline'))) return;
  fs.rmSync(stamp, { force: true });
  // A file name of its own for each state: npm remembers what a file name had in it.
  const packed = path.join(folder, 'packed', version);
  fs.rmSync(path.dirname(packed), { recursive: true, force: true });
  fs.mkdirSync(packed, { recursive: true });
  const tarballs = pack(packed);
  // Without network: the runners are there, and the packages of other platforms are not wanted.
  npm(['install', '--offline', ...quiet, ...tarballs], folder);
  fs.writeFileSync(stamp, version);
}

function npm(args, cwd) {
  // An outer npm's settings would make it install elsewhere.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(npm_(?!config_registry$)|NODE_OPTIONS$|NODE_ENV$|LEAKLINE)/i.test(key)));
  const done = spawnSync(process.execPath, [npmScript(), ...args], { cwd, env, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`npm ended with ${done.signal ?? done.status}\n${done.stdout}${done.stderr}`);
}

function textOf(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}

if (require.main === module) {
  script(() => {
    const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(projects);
    for (const name of names) {
      if (!(name in projects)) throw new Error(`no such project: ${name}; there are ${Object.keys(projects).join(', ')}`);
      const began = Date.now();
      const { folder, reason } = ensureProject(name);
      console.log(`${name}: ${reason ?? path.relative(root, folder)}  ${((Date.now() - began) / 1000).toFixed(1)} s`);
    }
  });
}
