'use strict';

// prepack, postpack and postpublish: the packed package.json names the platform packages, the committed one does not.
//
// They are published together with the main package, so in a clone they may not exist yet: committed without an
// entry in the lock file they fail `npm ci` ("Missing … from lock file"), and an entry cannot carry the hash of what
// is not built yet, so that `npm ci` would take whatever somebody publishes under that name.

const fs = require('node:fs');
const path = require('node:path');

const { root, script } = require('./exec');

const file = path.join(root, 'package.json');

const actions = {
  add(manifest) {
    const folders = fs.readdirSync(path.join(root, 'npm')).toSorted();
    manifest.optionalDependencies = Object.fromEntries(
      // Exactly this version: shim and addon share a memory layout.
      folders.map((folder) => [nameOf(folder), manifest.version]),
    );
  },
  remove(manifest) {
    delete manifest.optionalDependencies;
  },
};

script(() => {
  // `npm publish` reads the manifest again after postpack, and that reading is what the registry gives to everybody.
  if (process.env.npm_command === 'publish' && process.env.npm_lifecycle_event === 'postpack') return;
  const action = actions[process.argv[2]];
  if (!action) throw new Error(`say one of ${Object.keys(actions).join(', ')}`);
  const manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
  action(manifest);
  fs.writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
});

function nameOf(folder) {
  return JSON.parse(fs.readFileSync(path.join(root, 'npm', folder, 'package.json'), 'utf8')).name;
}
