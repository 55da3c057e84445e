'use strict';

// npm run bench [-- NAME…]: runs bench/NAME.js, or every program in bench/, one after the other, on an otherwise idle machine.
// The tables are on stdout, how far it is on stderr. All of them take more than an hour on two cores.
//
//   npm run bench -- service --only express    one of its services; of other benchmarks: rows with this in their name
//   npm run bench -- --modes adaptive,full     these beside bare only
//   npm run bench -- --rounds 3                fewer rounds than it has by default
//   npm run bench -- --node 20,24              under these majors, one after the other, or a path to a Node
//   npm run bench -- --out FILE                the tables into a file too, as Markdown
//   npm run bench -- --quick                   the smallest of everything: shows that it works, no figures

const fs = require('node:fs');
const path = require('node:path');

const { options } = require('../bench/support/options');
const { ensureAddon, ensureModules } = require('./ensure');
const { capture, root, script } = require('./exec');
const { nodeOf } = require('./nodes');
const { readUsageWithNames } = require('./usage');

const folder = path.join(root, 'bench');
const { values, positionals } = readUsageWithNames(__filename, { ...options, node: { type: 'string' }, out: { type: 'string' } });

script(async () => {
  const all = fs.readdirSync(folder).filter((name) => name.endsWith('.js')).map((name) => path.basename(name, '.js'));
  const unknown = positionals.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`no such benchmark: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  const chosen = positionals.length > 0 ? positionals : all;
  const files = values.node === undefined ? [process.execPath] : values.node.split(',').map(nodeFile);
  ensureModules();
  ensureAddon();
  const results = [];
  for (const name of chosen) {
    for (const file of files) {
      results.push(`## ${name}\n\n${await run(file, name, values)}`);
      console.log(results.at(-1));
      // After each, so that what an interrupted run has is there.
      if (values.out) fs.writeFileSync(values.out, results.join('\n'));
    }
  }
});

async function run(file, name, { node: _node, out: _out, ...given }) {
  const passed = Object.entries(given).filter(([, value]) => value !== false && value !== '');
  const args = passed.map(([option, value]) => (value === true ? `--${option}` : `--${option}=${value}`));
  const program = path.join(folder, `${name}.js`);
  const { code, signal, stdout, stderr } = await capture(file, ['--expose-gc', program, ...args], { showErrors: true });
  if (code !== 0) throw new Error(`${path.relative(root, program)} ended with ${signal ?? code}: ${stderr}`);
  return stdout;
}

/** A Node by its major, of those that are tested, or by its path. */
function nodeFile(given) {
  return /^\d+$/.test(given) ? nodeOf(given) : path.resolve(given);
}
