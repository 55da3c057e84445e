'use strict';

// What `leakline rules` and `leakline dashboard` print, held against Prometheus' own tools where they are installed.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { ensurePrometheus } = require('../.scripts/ensure');
const { runNode, root, temporaryFolder } = require('./support/run');

const cli = path.join(root, 'js', 'cli', 'index.js');
const { reason } = ensurePrometheus();

describe('leakline rules', () => {
  it('prints rules that pass their own test', { skip: reason }, async () => {
    const folder = temporaryFolder();
    const rules = await runNode([cli, 'rules']);
    const test = await runNode([cli, 'rules', '--test']);
    assert.deepEqual([rules.code, test.code], [0, 0], rules.stderr + test.stderr);
    fs.writeFileSync(path.join(folder, 'rules.yml'), rules.stdout);
    fs.writeFileSync(path.join(folder, 'rules.test.yml'), test.stdout);
    execFileSync('promtool', ['check', 'rules', 'rules.yml'], { cwd: folder, stdio: 'pipe' });
    execFileSync('promtool', ['test', 'rules', 'rules.test.yml'], { cwd: folder, stdio: 'pipe' });
  });

  it('takes no file', async () => {
    const { code, stdout, stderr } = await runNode([cli, 'rules', 'here.yml']);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /rules takes no file, got 1/);
  });
});

describe('leakline dashboard', () => {
  it('prints JSON with a query in each panel', async () => {
    const { code, stdout, stderr } = await runNode([cli, 'dashboard']);
    assert.equal(code, 0, stderr);
    const { panels, schemaVersion, templating } = JSON.parse(stdout);
    assert.equal(schemaVersion, 42);
    assert.deepEqual(templating.list.map(({ name }) => name), ['datasource', 'job']);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { title, targets } of panels) assert.match(targets[0].expr, /leakline_\w+/, title);
  });
});
