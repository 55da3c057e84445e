'use strict';

// The package as a user gets it: packed, installed in an empty folder without network and without Rust, and used.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { before, describe, it } = require('node:test');

const { linksOf } = require('../.scripts/docs');
const { npmScript } = require('../.scripts/exec');
const { pack } = require('../.scripts/pack');
const { platforms } = require('../js/base/native');
const manifest = require('../package.json');
const { cleanEnvironment, root, runNode, temporaryFolder } = require('./support/run');

const [platform] = platforms();
// What is installed runs without any other program.
const env = { PATH: '' };

describe('the package', () => {
  let folder; // where both packages are installed
  let installed; // leakline in there

  before(() => {
    folder = temporaryFolder();
    const tarballs = pack(folder, cleanEnvironment());
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
    // Nothing but Node in PATH: whatever compiles at installation fails here.
    npm(['install', '--offline', '--no-audit', '--no-fund', ...tarballs], folder, { PATH: path.dirname(process.execPath) });
    installed = path.join(folder, 'node_modules', 'leakline');
  });

  it('has the same version everywhere', () => {
    const versions = platformManifests().map(({ version }) => version);
    const [, cargo] = fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8').match(/^version = "(.*)"$/m);
    assert.deepEqual([...new Set([...versions, cargo])], [manifest.version]);
  });

  it('asks for exactly this version of each platform package', () => {
    const { optionalDependencies } = JSON.parse(fs.readFileSync(path.join(installed, 'package.json'), 'utf8'));
    const wanted = platformManifests().map(({ name }) => [name, manifest.version]);
    assert.deepEqual(Object.entries(optionalDependencies).toSorted(), wanted.toSorted());
    assert.equal(wanted.length, manifest.napi.targets.length);
  });

  it('installs without running anything and without other packages', () => {
    for (const { scripts = {} } of [manifest, ...platformManifests()]) {
      for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) assert.ok(!(name in scripts), name);
    }
    // npm runs node-gyp for one that has it, script or not.
    assert.ok(!fs.existsSync(path.join(installed, 'binding.gyp')));
    assert.equal(manifest.dependencies, undefined);
    const packages = fs.readdirSync(path.join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    assert.deepEqual(packages.toSorted(), ['leakline', `leakline-${platform}`]);
  });

  it('holds what runs and what is read, nothing else', () => {
    const files = fs.readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(installed, path.join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'));
    const top = files.filter((file) => !file.includes('/'));
    assert.deepEqual(top.toSorted(), ['ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md', 'config.schema.json', 'package.json']);
    const rest = files.filter((file) => file.includes('/') && !/^js\/.*\.(js|mjs|cjs|d\.ts)$|^js\/cli\/monitoring\/.*\.yml$|^docs\/.*\.(md|svg|png|js)$/.test(file));
    assert.deepEqual(rest, []);
    assert.deepEqual(files.filter((file) => /\.spec\.|__test__|fixture/i.test(file)), []);
  });

  it('has what its pages link to', () => {
    const pages = fs.readdirSync(installed, { recursive: true }).filter((file) => file.endsWith('.md'));
    const links = pages.flatMap((page) => linksOf(page).map(([file]) => [page, file]));
    assert.ok(links.length > 50);
    assert.deepEqual(links.filter(([, file]) => !fs.existsSync(path.join(installed, file))), []);
  });

  it('has every file that its manifest names', () => {
    const named = [manifest.main, manifest.types, ...Object.values(manifest.bin), ...leaves(manifest.exports)];
    for (const file of named) assert.ok(fs.statSync(path.join(installed, file)).isFile(), file);
    for (const entry of Object.values(manifest.exports)) {
      // TypeScript takes the first condition that fits.
      if (typeof entry === 'object') assert.equal(Object.keys(entry)[0], 'types');
    }
  });

  it('works with require, and exports what the types declare', async () => {
    const { names, report } = await program('require.cjs', `const leakline = require('leakline');${use}`);
    const types = fs.readFileSync(path.join(installed, 'js', 'index.d.ts'), 'utf8');
    const declared = [...types.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(names.toSorted(), declared.toSorted());
    assert.match(report, /require\.cjs/);
  });

  it('works with import, by name and as a whole', async () => {
    const names = ['start', 'stop', 'isStarted', 'snapshot', 'diff', 'check', 'track', 'report'];
    const text = `import leakline from 'leakline'; import { ${names.map((name) => `${name} as _${name}`)} } from 'leakline';${use}`;
    assert.match((await program('import.mjs', text)).report, /import\.mjs/);
  });

  it('watches pools, by require and by import', async () => {
    const watch = "console.log(JSON.stringify({ unwatch: typeof watchPool({}).unwatch }));";
    for (const [name, text] of [
      ['pools.cjs', `const { watchPool } = require('leakline/pools');${watch}`],
      ['pools.mjs', `import { watchPool } from 'leakline/pools';${watch}`],
    ]) assert.deepEqual(await program(name, text), { unwatch: 'function' });
  });

  it('works with --require leakline/register and with --import', async () => {
    fs.writeFileSync(path.join(folder, 'plain.js'), "setInterval(() => {}, 1000).unref(); process.on('exit', () => {})");
    for (const flag of ['--require', '--import']) {
      const { code, stderr } = await runNode([flag, 'leakline/register', 'plain.js'], {
        cwd: folder, env: { ...env, LEAKLINE: 'full', LEAKLINE_REPORT: 'stderr' },
      });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /leakline/);
    }
  });

  it('does nothing by --require alone', async () => {
    const text = "process.stdout.write(String(Object.keys(require.cache).filter((file) => file.endsWith('.node'))))";
    const result = await runNode(['--require', 'leakline/register', '-e', text], { cwd: folder, env });
    assert.deepEqual(result, { code: 0, signal: null, stdout: '', stderr: '' });
  });

  it('has a command', async () => {
    const { stdout } = await runNode([path.join(installed, manifest.bin.leakline), '--version'], { cwd: folder, env });
    assert.equal(stdout, `${manifest.version}\n`);
    if (process.platform !== 'win32') fs.accessSync(path.join(folder, 'node_modules', '.bin', 'leakline'), fs.constants.X_OK);
  });

  // Leaks one interval and prints what leakline saw of it.
  const use = `
    leakline.start({ mode: 'full' });
    setInterval(() => {}, 1000).unref();
    const report = leakline.report(leakline.snapshot(), { format: 'json' });
    leakline.stop();
    console.log(JSON.stringify({ names: Object.keys(leakline), report }));`;

  async function program(name, text) {
    fs.writeFileSync(path.join(folder, name), text);
    const { code, stdout, stderr } = await runNode([name], { cwd: folder, env });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }
});

function npm(args, cwd, env) {
  execFileSync(process.execPath, [npmScript(), ...args], { cwd, env: { ...cleanEnvironment(), ...env }, stdio: 'pipe' });
}

function platformManifests() {
  return fs.readdirSync(path.join(root, 'npm')).map((name) => require(path.join(root, 'npm', name, 'package.json')));
}

function leaves(value) {
  return typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves);
}
