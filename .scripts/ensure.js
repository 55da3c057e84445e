'use strict';

// What the other scripts and the tests need: each is brought about when it is missing or out of date.

const fs = require('node:fs');
const path = require('node:path');

const { fileOf, platforms } = require('../js/base/native');
const { npm, root, run, which } = require('./exec');

/** Builds the addon when it is missing or older than what it is made from. */
function ensureAddon() {
  const [platform] = platforms();
  const built = platform === undefined ? 0 : timeOf(fileOf(platform));
  const sources = ['src', 'Cargo.toml', 'Cargo.lock', 'build.rs'].map((name) => newest(path.join(root, name)));
  if (built === 0 || built < Math.max(...sources)) require('./build').build();
}

/** Installs the development dependencies when they are missing or older than the lock file. */
function ensureModules() {
  // npm writes this file last of all: an interrupted install leaves none.
  const installed = timeOf(path.join(root, 'node_modules', '.package-lock.json'));
  if (installed === 0 || installed < timeOf(path.join(root, 'package-lock.json'))) {
    npm(['ci', '--no-audit', '--no-fund']);
  }
}

/** A redis-server to test against. */
const ensureRedis = () => ensureProgram('redis-server', () => which('redis-server'), 'LEAKLINE_TEST_NO_REDIS');

/** PostgreSQL to test against: where its server is, with its other programs beside it. */
const ensurePostgres = () => ensureProgram('postgresql', postgresFile, 'LEAKLINE_TEST_NO_POSTGRES');

/** MariaDB to test against, which speaks MySQL's protocol. */
const ensureMariadb = () => ensureProgram('mariadb-server', () => which('mariadbd') ?? existing('/usr/sbin/mariadbd'), 'LEAKLINE_TEST_NO_MARIADB');

/** Valgrind, whose cachegrind counts what a benchmark's programs touch. */
const ensureValgrind = () => ensureProgram('valgrind', () => which('valgrind'), 'LEAKLINE_TEST_NO_VALGRIND');

/** Prometheus' promtool, which checks alert rules, and its server beside it. */
const ensurePrometheus = () => ensureProgram('prometheus', () => which('promtool'), 'LEAKLINE_TEST_NO_PROMETHEUS');

/**
 * User-Mode Linux, a kernel that runs as a process, busybox, which its first process needs, and what makes its disk.
 * @returns {{ file: string, box: string } | { reason: string }}
 */
function ensureKernel() {
  const programs = [['user-mode-linux', 'linux.uml'], ['busybox-static', 'busybox'], ['e2fsprogs', 'mkfs.ext4']]
    .map(([name, program]) => ensureProgram(name, () => which(program), 'LEAKLINE_TEST_NO_KERNEL'));
  const [kernel, box] = programs;
  return programs.find(({ reason }) => reason !== undefined) ?? { file: kernel.file, box: box.file };
}

/**
 * A program that npm does not have, such as a server to test against. On Debian and its kin, as root, it is installed when missing.
 *
 * @param {string} name of Debian's package
 * @param {() => string | null} find
 * @param {string} unwanted the variable that says to go without it
 * @returns {{ file: string } | { reason: string }} where it is, or why there is none, to be given as a skip's reason
 * @throws in CI on Linux, where a missing one is a failure
 */
function ensureProgram(name, find, unwanted) {
  const file = find() ?? (!process.env[unwanted] && install(name) && find());
  if (file) return { file };
  const reason = `${name} is not installed and could not be`;
  if (process.env.CI === 'true' && process.platform === 'linux') throw new Error(reason);
  // Each test file asks again: one attempt is enough.
  process.env[unwanted] = '1';
  return { reason };
}

module.exports = { ensureAddon, ensureKernel, ensureMariadb, ensureModules, ensurePostgres, ensurePrometheus, ensureRedis, ensureValgrind };

function timeOf(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newest(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  // The folder's own time counts too: it changes when a file goes away.
  return Math.max(stat.mtimeMs, ...fs.readdirSync(file).map((name) => newest(path.join(file, name))));
}

// Debian keeps them out of PATH, in a folder for each version.
function postgresFile() {
  const versions = '/usr/lib/postgresql';
  const installed = fs.existsSync(versions) ? fs.readdirSync(versions).toSorted((a, b) => Number(b) - Number(a)) : [];
  const files = installed.map((version) => existing(path.join(versions, version, 'bin', 'postgres')));
  return files.find((file) => file !== null) ?? which('postgres');
}

function existing(file) {
  return fs.existsSync(file) ? file : null;
}

function install(name) {
  if (process.getuid?.() !== 0 || which('apt-get') === null) return false;
  // RUNLEVEL=1 keeps the package from starting a server of its own: a test starts one on a port it picks.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    console.log(`installing ${name} with apt-get …`);
    run('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    return true;
  } catch (reason) {
    console.log(`  ${reason.message}`);
    return false;
  }
}
