'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { pathToFileURL } = require('node:url');

const { runWell, register, preload } = require('./support/service-child');

const env = { LEAKLINE: 'full' };
const quoted = JSON.stringify(register);

describe('leakline/register', () => {
  const ways = {
    '--require with the file': { node: preload },
    '--require with the name': { node: ['--require', 'leakline/register'] },
    '--import with the URL': { node: ['--import', pathToFileURL(register).href] },
    '--import with the name': { node: ['--import', 'leakline/register'] },
    'NODE_OPTIONS --require': { env: { NODE_OPTIONS: `--require ${quoted}` } },
    'NODE_OPTIONS --import': { env: { NODE_OPTIONS: `--import ${pathToFileURL(register).href}` } },
    'NODE_OPTIONS and --require and --import': { node: [...preload, '--import', 'leakline/register'], env: { NODE_OPTIONS: `--require ${quoted}` } },
  };
  for (const [name, way] of Object.entries(ways)) {
    it(`${name}: it runs, and named imports of an ES module are seen`, async () => {
      const { said: [found] } = await runWell('is-started.mjs', { ...way, env: { ...env, ...way.env } });
      assert.equal(found.isStarted, true);
      assert.equal(found.mode, 'full');
      assert.equal(found.same, true);
      assert.equal(found.totals.timeout.live, 1, 'a sleep of node:timers/promises');
    });
  }

  it('loaded by another copy of its files: there is one engine, and everything is recorded once', async () => {
    const { said: [running, stopped] } = await runWell('loaded-twice.js', { node: preload, env });
    assert.deepEqual(running, { isOther: true, patchedOnce: true, both: [true, true], grewBy: 1 });
    assert.deepEqual(stopped, { both: [false, false], restored: true });
  });

  it('required twice with different settings: the first one counts, without a word', async () => {
    const { said: [found] } = await runWell('required-twice.js', { env });
    assert.deepEqual(found, { mode: 'full' });
  });

  for (const [name, options] of Object.entries({ '--require': { node: preload }, NODE_OPTIONS: { env: { NODE_OPTIONS: `--require ${quoted}` } } })) {
    it(`${name}: forked children and their children run it as well`, async () => {
      const { said } = await runWell('forks.js', { ...options, env: { ...env, ...options.env } });
      assert.deepEqual(said, [0, 1, 2].map((level) => ({ level, isStarted: true, mode: 'full' })));
    });
  }
});
