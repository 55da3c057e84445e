'use strict';

// npm run bench [-- NAME…]: runs bench/NAME.js, or every program in bench/, one after the other on an idle machine.

const fs = require('node:fs');
const path = require('node:path');

const { ensureAddon, ensureModules } = require('./ensure');
const { root, run, script } = require('./exec');

const folder = path.join(root, 'bench');

script(() => {
  const all = fs.readdirSync(folder).filter((name) => name.endsWith('.js')).map((name) => path.basename(name, '.js'));
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`no such benchmark: ${unknown.join(', ')}; there are ${all.join(', ') || 'none'}`);
  ensureModules();
  ensureAddon();
  for (const name of chosen.length > 0 ? chosen : all) {
    console.log(`\n── ${name}`);
    run(process.execPath, ['--expose-gc', path.join(folder, `${name}.js`)]);
  }
});
