'use strict';

// Under Node's permission model.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { runNode, temporaryFolder } = require('../support/run');
const { register } = require('../support/service-child');

const folder = temporaryFolder();
const [major, minor] = process.versions.node.split('.').map(Number);
// Before, it was an experiment that Node warns of.
const flag = major > 22 || (major === 22 && minor >= 13) ? '--permission' : '--experimental-permission';
const model = [flag, '--no-warnings', '--allow-fs-read=*'];

const run = (args, report) => runNode([...model, ...args, '--require', register, '-e', '0'], { env: { LEAKLINE: 'full', LEAKLINE_REPORT: report } });

describe('under the permission model', () => {
  it('an addon that may not be loaded: says which option allows it, and the program runs', async () => {
    const { code, stderr } = await run([], 'none');
    assert.equal(code, 0);
    assert.match(stderr, /^leakline: leakline has no native addon to load/);
    assert.match(stderr, /Node runs with --permission: add --allow-addons to its options\.\n$/);
    assert.doesNotMatch(stderr, /npm ci/);
  });

  it('a report that may not be written is not, with one line that says which option allows it', async () => {
    const file = path.join(folder, 'forbidden.json');
    const { code, stderr } = await run(['--allow-addons'], file);
    assert.deepEqual([code, stderr], [0, `leakline: the permission model does not allow to write the report to ${file}: add --allow-fs-write=${path.join(folder, '*')}\n`]);
    assert.ok(!fs.existsSync(file));
  });

  it('where its folder may be written the report is replaced as a whole', async () => {
    const own = fs.mkdtempSync(path.join(folder, 'own-'));
    const { code, stderr } = await run(['--allow-addons', `--allow-fs-write=${own}${path.sep}*`], path.join(own, 'report.json'));
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(fs.readdirSync(own), ['report.json']);
  });

  it('where only the file may be written nothing is written beside it', async () => {
    const own = fs.mkdtempSync(path.join(folder, 'own-'));
    const file = path.join(own, 'report.json');
    fs.writeFileSync(file, 'older');
    const { ino } = fs.statSync(file);
    const { code, stderr } = await run(['--allow-addons', `--allow-fs-write=${file}`], file);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).schema, 1);
    assert.equal(fs.statSync(file).ino, ino, 'it was written in place');
  });
});
