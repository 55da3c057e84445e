'use strict';

/**
 * Run by `leakline doctor` in a Node that runs as the service does, with leakline off: what this Node is, whether the
 * addon loads, and who has patched what leakline patches. Prints one line of JSON.
 */

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const { load, platforms } = require('../../base/native');
const { sources } = require('./sources');

const OWN = path.join(__dirname, '..', '..');

const seen = {
  node: process.version,
  execPath: process.execPath,
  flags: process.execArgv,
  hasPermission: process.permission !== undefined,
  platforms: platforms(),
  addon: addonOf(),
  preloads: preloads(),
  ...patched(),
  hooks: null,
};
if (seen.addon.problem === undefined) seen.hooks = hooksOf();
process.stdout.write(`\n${JSON.stringify(seen)}\n`);

function addonOf() {
  try {
    load();
    const file = Object.keys(require.cache).find((each) => each.endsWith('.node') && /leakline/.test(path.basename(each)));
    return { file };
  } catch (reason) {
    return { problem: reason.message, hint: reason.hint };
  }
}

/** The files named register.js of every leakline that this Node has loaded before its script. */
function preloads() {
  return Object.keys(require.cache).filter((file) => /leakline[\\/]js[\\/]register\.js$/.test(file) || file === path.join(OWN, 'register.js'));
}

/** Functions whose source is not that of a Node without any preloads. */
function patched() {
  try {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const list = `process.stdout.write(JSON.stringify(require(${JSON.stringify(path.join(__dirname, 'sources.js'))}).sources()))`;
    const clean = JSON.parse(execFileSync(process.execPath, ['-e', list], { env, encoding: 'utf8', maxBuffer: 2 ** 24 }));
    const here = sources();
    return { patched: Object.keys(clean).filter((name) => clean[name] !== here[name]) };
  } catch (reason) {
    return { patched: [], unseen: reason.message.split('\n', 1)[0] };
  }
}

/** Installs every hook for a moment, and reads what leakline notes. */
function hooksOf() {
  const { engineOf } = require('../../engine/engine.js');
  const { fromOptions } = require('../../base/options.js');
  const { hookedKinds } = require('../../hooks/index.js');
  const before = JSON.stringify(sources());
  try {
    const native = load();
    const engine = engineOf(native, null);
    engine.start(fromOptions({ mode: 'full' }), globalThis);
    engine.look('doctor');
    const { notes } = JSON.parse(native.snapshot());
    engine.stop();
    return { kinds: hookedKinds, notes, isRestored: JSON.stringify(sources()) === before };
  } catch (reason) {
    return { kinds: [], notes: [reason?.message ?? String(reason)], isRestored: true };
  }
}
