'use strict';

// npm test: everything that is tested, from a clean clone: Rust, then JavaScript under each supported Node. Ends with
// one line `N passed, N failed, N skipped`. Some minutes the first time, for building and for getting Node versions.
//
//   npm test -- --node 24        JavaScript under this major only, and all of it
//   npm test -- --only emitter   files with this in their path only
//   npm test -- --no-rust        JavaScript only

const path = require('node:path');

const { ensureAddon, ensureMariadb, ensureModules, ensurePostgres, ensureRedis } = require('./ensure');
const { script } = require('./exec');
const { majors, nodes } = require('./nodes');
const { ensureProject, projectNames } = require('./projects');
const { betweenEnds, runSpecs, specs } = require('./suite-js');
const { runRust } = require('./suite-rust');
const { readUsage } = require('./usage');

const total = { passed: 0, failed: 0, skipped: 0 };

const values = readUsage(__filename, { node: { type: 'string' }, only: { type: 'string' }, 'no-rust': { type: 'boolean' } });

script(async () => {
  ensureModules();
  ensureAddon();
  if (!values['no-rust']) await runRust(add);
  await runJs(values);
  console.log(`\n${text(total)}`);
  if (total.failed > 0) process.exitCode = 1;
});

async function runJs({ node, only }) {
  const files = specs(only);
  if (files.length === 0) throw new Error(`no spec file has '${only}' in its path`);
  prepareServers(files);
  prepareProjects(files);
  const isWhole = node !== undefined || only !== undefined || process.env.LEAKLINE_LONG;
  for (const { major, file, reason } of nodes(node)) {
    const wanted = isWhole || major === majors[0] || major === majors.at(-1) ? files : betweenEnds(files);
    const note = wanted.length < files.length ? `; ${files.length - wanted.length} files run under ${majors[0]} and ${majors.at(-1)} only` : '';
    console.log(`\n── Node ${major}: ${file ?? reason}${note}`);
    if (file) add(`Node ${major}`, await runSpecs(file, wanted));
    else add(`Node ${major}`, missing());
  }
}

// Once, before the files that need them ask each for themselves.
function prepareServers(files) {
  const isForPools = files.some((file) => path.basename(path.dirname(file)) === 'pools');
  for (const ensure of [ensureRedis, ...(isForPools ? [ensurePostgres, ensureMariadb] : [])]) {
    try {
      const { reason } = ensure();
      if (reason) console.log(`\n${reason}: what needs it is skipped`);
    } catch (reason) {
      console.log(`\n${reason.message}`);
      add('servers', { passed: 0, failed: 1, skipped: 0 });
    }
  }
}

// The same for the projects of those files that are about to run.
function prepareProjects(files) {
  for (const name of projectNames) {
    if (!files.some((file) => path.basename(path.dirname(file)) === name.replace(/\d+$/, ''))) continue;
    try {
      const { reason } = ensureProject(name);
      if (reason) console.log(`\n${reason}: what needs it is skipped`);
    } catch (reason) {
      console.log(`\n${reason.message}`);
      add(name, { passed: 0, failed: 1, skipped: 0 });
    }
  }
}

// A laptop without network may go on; CI must not be green without having run.
function missing() {
  return process.env.CI === 'true' ? { passed: 0, failed: 1, skipped: 0 } : { passed: 0, failed: 0, skipped: 1 };
}

function add(name, counts) {
  console.log(`${name}: ${text(counts)}`);
  for (const outcome of Object.keys(total)) total[outcome] += counts[outcome];
}

function text({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
