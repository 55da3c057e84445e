'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { root, runNode, temporaryFolder } = require('./support/run');

const cli = path.join(root, 'js', 'cli', 'index.js');
const register = path.join(root, 'js', 'register.js');
const folder = temporaryFolder();

/** Checks by name; of several with one name the first. */
async function doctor(env = {}, after = []) {
  const { code, stdout, stderr } = await runNode([cli, 'doctor', '--json', ...after], { env: { LEAKLINE_FLIGHT: folder, ...env } });
  assert.equal(stderr, '');
  const checks = JSON.parse(stdout);
  return { code, of: (name) => checks.find((check) => check.name === name), bad: checks.filter(({ state }) => state === 'bad') };
}

describe('leakline doctor', () => {
  it('finds nothing wrong where leakline is preloaded, and says what is on', async () => {
    const { code, of, bad } = await doctor({ LEAKLINE: 'full', LEAKLINE_BUDGET: '0.05', NODE_OPTIONS: `--require ${register}` });
    assert.deepEqual([code, bad], [0, []]);
    assert.match(of('node').text, new RegExp(`^${process.version.replaceAll('.', '\\.')} `));
    assert.match(of('addon').text, /^loads from .*\.node$/);
    assert.match(of('hooks').text, /^listener, timeout, .*taken out again$/);
    assert.equal(of('mode').text, 'LEAKLINE=full');
    assert.equal(of('preload').text, register);
    assert.match(of('variables').text, /LEAKLINE_BUDGET=0\.05/);
    assert.match(of('flight files').text, /free$/);
    assert.equal(of('reports').text, 'to standard error when the process ends');
  });

  it('says that leakline is set and not loaded', async () => {
    const { code, of } = await doctor({ LEAKLINE: '1' });
    assert.deepEqual([code, of('preload').state], [1, 'bad']);
    assert.ok(of('preload').hint.includes(register));
  });

  it('says that leakline is off, which is no mistake', async () => {
    const { code, of } = await doctor();
    assert.deepEqual([code, of('mode').state, of('preload').state], [0, 'note', 'note']);
  });

  it('names variables that are misspelt or wrong, and files that cannot be used', async () => {
    const allow = path.join(folder, 'allow.json');
    fs.writeFileSync(allow, '{ "allow": [{ "kind": "map" }] }');
    const { code, bad } = await doctor({
      LEAKLINE_KNDS: 'map', LEAKLINE_BUDGET: '7', LEAKLINE_LEAKS: 'maybe', LEAKLINE_ALLOW: allow,
      LEAKLINE_FLIGHT: path.join(cli, 'below-a-file'), LEAKLINE_REPORT: path.join(cli, 'r.json'),
    });
    assert.equal(code, 1);
    const texts = bad.map(({ text }) => text).join('\n');
    for (const part of [/LEAKLINE_KINDS/, /LEAKLINE_BUDGET must be a number/, /LEAKLINE_LEAKS must be/, /allow\[0\]\.reason/]) assert.match(texts, part);
    assert.deepEqual(bad.filter(({ name }) => ['flight files', 'reports'].includes(name)).length, 2);
  });

  it('says that the addon cannot be loaded, and what to do', async () => {
    const { code, of } = await doctor({}, ['--', process.execPath, '--no-addons']);
    assert.equal(code, 1);
    assert.deepEqual([of('addon').state, of('permissions').text], ['bad', '--no-addons forbids every native addon']);
  });

  it('looks at the Node that is named, and says who has patched what leakline patches', async () => {
    const tracer = path.join(folder, 'tracer.js');
    fs.writeFileSync(tracer, "const { on } = require('events').prototype; require('events').prototype.on = function traced(...args) { return on.apply(this, args); };");
    const { code, of } = await doctor({}, ['--', process.execPath, '--require', tracer]);
    assert.deepEqual([code, of('patched by others').state], [0, 'note']);
    assert.equal(of('patched by others').text, 'EventEmitter.prototype.on');
  });

  it('prints a line each, and an error where there is no Node', async () => {
    const { stdout } = await runNode([cli, 'doctor'], { env: { LEAKLINE_FLIGHT: folder } });
    assert.match(stdout, /^ok {4}node {2,}v\d+/m);
    assert.match(stdout, /\nnothing is wrong\n$/);
    const { code, stderr } = await runNode([cli, 'doctor', '--', path.join(folder, 'nowhere')]);
    assert.equal(code, 2);
    assert.match(stderr, /nowhere does not run a script of leakline's: .*ENOENT/);
  });
});
