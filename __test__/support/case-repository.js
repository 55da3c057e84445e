'use strict';

// A repository of git whose history has a commit that brings an example's leak, two later ones that move its line, and the
// fix.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { needsOf } = require('../../examples/needs');
const { root, temporaryFolder } = require('./run');

const examples = path.join(root, 'examples');

/** What of the clone examples need beside their folder. */
const SHARED = ['serve.js', 'needs.js', 'redis-server.js'];

/**
 * @param {string} name of an example
 * @returns {{ folder: string, commits: { leak: string, moved: string, fix: string }, service: string, scenario: string,
 *   git: (...args: string[]) => string }}
 */
function repositoryOf(name) {
  const folder = temporaryFolder();
  const git = gitIn(folder);
  git('init', '-q', '-b', 'main');
  const put = (file, text) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  put('package.json', '{ "name": "shop", "version": "1.2.3", "private": true }\n');
  put('.gitignore', 'node_modules\n.build*\n');
  const commit = (message, at) => {
    git('add', '-A');
    git('commit', '-q', '-m', message, '--date', at);
    return git('rev-parse', 'HEAD').trim();
  };

  // The service without the part that leaks. Examples reach for leakline as it lies in the clone.
  for (const file of SHARED) fs.cpSync(path.join(examples, file), path.join(folder, 'examples', file));
  fs.cpSync(path.join(examples, name), path.join(folder, 'examples', name), { recursive: true, filter: (file) => !/[\\/](\.build.*|leaky|fixed)$/.test(file) });
  put('js/api/pools.js', "module.exports = require('leakline/pools');\n");
  for (const file of ['exec.js', 'free-port.js', 'lock.js']) put(`.scripts/${file}`, fs.readFileSync(path.join(root, '.scripts', file), 'utf8'));
  commit('feat: the service', '2026-01-05T10:00:00Z');

  // The part that leaks; the compiler of one example wants both folders to be there.
  const part = path.join('examples', name, 'leaky');
  const copy = (variant) => {
    fs.rmSync(path.join(folder, part), { recursive: true, force: true });
    fs.cpSync(path.join(examples, name, variant), path.join(folder, part), { recursive: true });
    for (const file of filesIn(path.join(folder, part))) fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll("'fixed'", "'leaky'"));
    if (fs.existsSync(path.join(folder, 'examples', name, 'tsconfig.json'))) put(`examples/${name}/fixed/empty.ts`, 'export {};\n');
  };
  copy('leaky');
  const leak = commit('feat: BUG-881 orders are processed', '2026-02-01T10:00:00Z');
  const change = (message, at, edit) => {
    for (const file of filesIn(path.join(folder, part))) fs.writeFileSync(file, edit(fs.readFileSync(file, 'utf8')));
    return commit(message, at);
  };
  change('docs: a header', '2026-02-10T10:00:00Z', (text) => `// Copyright the shop.\n//\n// All rights reserved.\n\n${text}`);
  const moved = change('style: indentation', '2026-02-20T10:00:00Z', (text) => `// eslint-disable\n${text.replace(/^(?=.)/gm, '  ')}`);
  copy('fixed');
  const fix = commit('fix: BUG-881 what is begun is ended', '2026-03-01T10:00:00Z');
  git('checkout', '-q', moved);

  const modules = path.join(folder, 'node_modules');
  for (const module of [...needsOf(name).packages, 'leakline']) {
    const link = path.join(modules, module);
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.symlinkSync(module === 'leakline' ? root : path.join(root, 'node_modules', module), link, 'junction');
  }
  const at = (file) => path.join(folder, 'examples', name, file);
  return { folder, commits: { leak, moved, fix }, service: at('service.js'), scenario: at('leaky/scenario.js'), git };
}

/** `git` in a folder, as nobody in particular and with no configuration of this machine. */
function gitIn(folder) {
  const env = {
    ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com',
  };
  return (...args) => {
    const date = args[args.indexOf('--date') + 1];
    const dated = args.includes('--date') ? { ...env, GIT_COMMITTER_DATE: date } : env;
    return execFileSync('git', args, { cwd: folder, env: dated, encoding: 'utf8' });
  };
}

/**
 * The generated test with what is marked FILL IN filled in: a round trip of the example is the work.
 * @param {string} test
 * @param {string} scenario as the test has to require it
 */
function filledIn(test, scenario) {
  const [before, after] = test.split(/ {2}\/\/ FILL IN: begin the work[^]*?does nothing yet'\);\n/);
  const load = `require(${JSON.stringify(scenario)})`;
  const work = `  void subject;\n  scenario ??= ${load};\n  if (!isSetUp) await scenario.setup();\n  isSetUp = true;\n  await scenario.iterate();\n`;
  const filled = `${before}${work}${after}`;
  return filled.replace('const LEAK =', 'let scenario;\nlet isSetUp = false;\n\nconst LEAK =').replace(/\/\*\* FILL IN: load .*\n/, '');
}

module.exports = { repositoryOf, filledIn, gitIn };

function filesIn(folder) {
  return fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name)).filter((file) => /\.(js|ts)$/.test(file));
}
