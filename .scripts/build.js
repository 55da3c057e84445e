'use strict';

// npm run build: compiles the addon and puts it where js/base/native.js looks first. A minute or two from nothing.

const fs = require('node:fs');
const path = require('node:path');

const { fileOf, platforms } = require('../js/base/native');
const { root, run, script, which } = require('./exec');

// What cargo calls the library on each system.
const library = { linux: 'libleakline.so', darwin: 'libleakline.dylib', win32: 'leakline.dll' }[process.platform];

function build() {
  const [platform] = platforms();
  if (platform === undefined) throw new Error(`leakline is not built for ${process.platform}-${process.arch}`);
  if (which('cargo') === null) {
    throw new Error("cargo is not in PATH. The addon is written in Rust: install it from https://rustup.rs, then run 'npm run build' again");
  }
  const began = new Date();
  run('cargo', ['build', '--release', '--lib'], { env: environment(platform) });
  const made = path.join(root, targetFolder(), 'release', library);
  const wanted = fileOf(platform);
  // By renaming: a process that has the old addon mapped must not see it change under its feet.
  const fresh = `${wanted}.${process.pid}`;
  fs.copyFileSync(made, fresh);
  // As old as the sources it was made from, so that an edit during the build is seen as newer.
  fs.utimesSync(fresh, began, began);
  fs.renameSync(fresh, wanted);
  console.log(`built ${path.relative(root, wanted)} (${(fs.statSync(wanted).size / 1024 ** 2).toFixed(1)} MiB)`);
}

module.exports = { build };

if (require.main === module) script(build);

function targetFolder() {
  return process.env.CARGO_TARGET_DIR ?? 'target';
}

function environment(platform) {
  // Rust links musl statically by default, and a static library cannot be an addon.
  if (platform.endsWith('-musl')) return withFlags('-C target-feature=-crt-static');
  // The order of functions names them with their types, as only these symbols do.
  if (platform === 'linux-x64-gnu') return { ...withFlags('-C symbol-mangling-version=v0'), LEAKLINE_TEXT_ORDER: '1' };
  return process.env;
}

function withFlags(flags) {
  return { ...process.env, RUSTFLAGS: `${process.env.RUSTFLAGS ?? ''} ${flags}`.trim() };
}
