'use strict';

const fs = require('node:fs');
const path = require('node:path');

const { error } = require('./errors');

// What is built and published: platform and architecture, with the ABIs to choose from.
const targets = {
  'linux-x64': ['gnu', 'musl'],
  'linux-arm64': ['gnu', 'musl'],
  'darwin-x64': [''],
  'darwin-arm64': [''],
  'win32-x64': ['msvc'],
};

let loaded;

/**
 * The addon's exports, loaded on the first call.
 *
 * @throws {LeaklineError} ERR_LEAKLINE_ADDON, listing every file and package that was tried and why it failed
 */
function load() {
  loaded ??= tryEach(candidates());
  return loaded;
}

/** What this machine may load, the most likely first: `linux-x64-gnu`, … Empty where nothing is built. */
function platforms() {
  const machine = `${process.platform}-${process.arch}`;
  const abis = targets[machine] ?? [];
  const ordered = abis.length > 1 && isMusl() ? abis.toReversed() : abis;
  return ordered.map((abi) => (abi ? `${machine}-${abi}` : machine));
}

/** The addon's file that `npm run build` leaves in the clone. */
function fileOf(platform) {
  return path.join(__dirname, '..', '..', `leakline.${platform}.node`);
}

module.exports = { load, platforms, fileOf };

function candidates() {
  const chosen = process.env.LEAKLINE_NATIVE_PATH;
  const names = platforms();
  return [
    ...(chosen ? [path.resolve(chosen)] : []),
    ...names.map(fileOf),
    ...names.map((name) => `leakline-${name}`),
  ];
}

function tryEach(list) {
  const attempts = [];
  let isForbidden = false;
  for (const what of list) {
    try {
      const file = require.resolve(what);
      if (file.endsWith('.node') && isCut(file)) attempts.push({ what, why: 'the file is cut short: its end is missing' });
      else return require(file);
    } catch (reason) {
      isForbidden ||= reason?.code === 'ERR_DLOPEN_DISABLED';
      attempts.push({ what, why: firstLine(reason) });
    }
  }
  throw error('ERR_LEAKLINE_ADDON', attempts, isForbidden ? PERMIT : advice());
}

// require() appends its own stack of modules, which says nothing here.
function firstLine(reason) {
  return String(reason?.message ?? reason).split('\n', 1)[0];
}

const PERMIT = 'Node runs with --permission: add --allow-addons to its options.';

/**
 * Whether an ELF file ends before its table of sections, which is its last part. The system maps such a file, and ends the
 * process by a bus error when it reads what is not there.
 */
function isCut(file) {
  const head = Buffer.alloc(64);
  let fd;
  try {
    fd = fs.openSync(file, 'r');
    const { size } = fs.fstatSync(fd);
    if (fs.readSync(fd, head, 0, head.length, 0) < head.length) return true;
    // 64 bits, little-endian: all that is built is.
    if (head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2 || head[5] !== 1) return false;
    return Number(head.readBigUInt64LE(40)) + head.readUInt16LE(58) * head.readUInt16LE(60) > size;
  } catch {
    // require() reports what is wrong.
    return false;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function advice() {
  if (platforms().length === 0) {
    return `There is no build for this platform, only for ${Object.keys(targets).join(', ')}. `
      + 'Build one from source and name it in LEAKLINE_NATIVE_PATH.';
  }
  if (fs.existsSync(path.join(__dirname, '..', '..', 'Cargo.toml'))) {
    return "In a clone: run 'npm run build' (it needs Rust from https://rustup.rs).";
  }
  return "Run 'npm ci' on this machine, with optional dependencies (no --omit=optional or --no-optional): the addon "
    + 'is one of them, and node_modules copied from another platform carry the wrong one.';
}

// Node's executable names its dynamic loader in its first page: one short read, where process.report would look up
// the network and running ldd would start a process. When it cannot be read, glibc is tried first and then musl.
function isMusl() {
  const head = Buffer.alloc(4096);
  let fd;
  try {
    fd = fs.openSync(process.execPath, 'r');
    fs.readSync(fd, head, 0, head.length, 0);
    return head.includes('/ld-musl-');
  } catch {
    return false;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}
