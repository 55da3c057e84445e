'use strict';

// For each example: a recording of the leaky variant in a repository with a history, the commit, the test and its proof,
// recordings compared. Some minutes, so with LEAKLINE_LONG only.

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');

const { ensureRedis } = require('../../.scripts/ensure');
const { which } = require('../../.scripts/exec');
const { exampleNames } = require('../../examples/expected');
const { missing, needsOf } = require('../../examples/needs');
const { filledIn, repositoryOf } = require('../support/case-repository');
const { filesIn, until } = require('../support/flight');
const { cleanEnvironment, root, runNode } = require('../support/run');

const cli = path.join(root, 'js', 'cli', 'index.js');
const skipAll = !process.env.LEAKLINE_LONG ? 'with LEAKLINE_LONG' : which('git') === null && 'git is not installed';

/** A leak's verdict takes half a minute, and the history a point each ten seconds. */
const RECORDED_MS = 45_000;

for (const name of exampleNames()) {
  if (!skipAll && needsOf(name).programs.includes('redis-server')) ensureRedis();
  test(`${name}: the commit, and a test that proves the fix`, { skip: skipAll || (missing(name) ?? false) }, async (t) => {
    const { folder, commits, git } = repositoryOf(name);
    const record = async (variant) => {
      const flights = path.join(folder, 'node_modules', variant);
      const page = path.join(flights, 'report.html');
      const child = spawn(process.execPath, ['--require', path.join(root, 'js', 'register.js'), path.join('examples', name, 'service.js'), 'leaky'], {
        cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], env: { ...cleanEnvironment(), LEAKLINE: '1', LEAKLINE_REPORT: page, LEAKLINE_FLIGHT: flights },
      });
      const ended = new Promise((resolve) => child.once('close', resolve));
      const [file] = await until('there is a flight file', () => filesIn(flights).length > 0 && filesIn(flights));
      const state = () => JSON.parse(spawnSync(process.execPath, [cli, 'ps', '--json', flights], { encoding: 'utf8', env: cleanEnvironment() }).stdout)[0];
      await until(`${variant} has recorded`, async () => {
        // Each look starts a process.
        await sleep(1_000);
        const { uptimeMs, leaks } = state();
        return uptimeMs > RECORDED_MS && (variant === 'after' || leaks > 0);
      });
      child.kill('SIGTERM');
      await ended;
      return { file, page };
    };
    const before = await record('before');
    const html = fs.readFileSync(before.page, 'utf8');
    assert.ok((html.match(/<figure/g) ?? []).length >= 2, 'the page has charts of the history');

    const leakline = (args) => runNode([cli, ...args], { cwd: folder });
    const from = performance.now();
    const made = await leakline(['case', before.file, '--out', 'case', '--runner', 'node']);
    t.diagnostic(`the case took ${Math.round(performance.now() - from)} ms`);
    assert.equal(made.code, 0, made.stderr);
    const read = () => JSON.parse(fs.readFileSync(path.join(folder, 'case', 'case.json'), 'utf8'));
    const { facts, sections } = read();
    assert.equal(facts.git.isRunning, true, 'the commit that ran is in the flight file');
    assert.equal(facts.git.commit.hash, commits.moved);
    const lines = [facts.git.origin, facts.git.inserter].filter(Boolean).filter(({ path: file }) => file.includes('/leaky/'));
    assert.ok(lines.length > 0, JSON.stringify(facts.leak));
    for (const { introduced } of lines) assert.equal(introduced.hash, commits.leak, introduced.subject);
    const fields = sections.flatMap(({ parts }) => parts).filter(({ part }) => part === 'field');
    assert.ok(fields.filter(({ state }) => state === 'filled').length >= 26, fields.filter(({ state }) => state !== 'filled').map(({ id }) => id).join());
    assert.equal(fields.filter(({ state }) => state === 'asked').length, 10);
    for (const { id, text } of fields) assert.ok(text.join('').trim().length > 0, `${id} says something`);
    t.diagnostic(made.stdout.split('\n')[0]);
    t.diagnostic(made.stdout.split('\n').find((line) => line.startsWith('fields: ')));

    // What is built is in no commit.
    const builds = fs.existsSync(path.join(folder, 'examples', name, 'build.js'));
    const prepare = builds ? ['--prepare', `node -e "require('./examples/${name}/build').build()"`] : [];
    const file = path.join(folder, 'case', 'leak.test.js');
    const verify = (from, to) => leakline(['case', 'verify', 'case/leak.test.js', '--before', from, '--after', to, ...prepare]);
    const empty = await verify(commits.moved, commits.fix);
    assert.equal(empty.code, 1, empty.stdout);
    assert.match(empty.stderr, /the test fails for another reason than a leak:[^]*FILL IN/);
    fs.writeFileSync(file, filledIn(fs.readFileSync(file, 'utf8'), `../examples/${name}/leaky/scenario.js`));
    const proven = await verify(commits.moved, commits.fix);
    assert.equal(proven.code, 0, proven.stderr);
    t.diagnostic(proven.stdout.trim());
    const passing = await verify(commits.fix, commits.fix);
    assert.equal(passing.code, 1);
    assert.match(passing.stderr, /the test passes: work\(\) does not leak there/);

    git('checkout', '-q', commits.fix);
    const after = await record('after');
    const compared = await leakline(['case', 'compare', before.file, after.file, '--case', 'case']);
    assert.equal(compared.code, 0, compared.stderr);
    t.diagnostic(compared.stdout.trim());
    const row = read().facts.comparison.rows.find(({ name: figure }) => figure === 'Lines that leak');
    assert.equal(row.after, '0');
    const states = Object.fromEntries(read().sections.flatMap(({ parts }) => parts).filter(({ part }) => part === 'field').map(({ id, state }) => [id, state]));
    for (const id of ['tests', 'validation', 'results', 'status', 'changed', 'fixedCode']) assert.equal(states[id], 'filled', id);
  });
}
