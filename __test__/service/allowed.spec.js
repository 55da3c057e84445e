'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { afterEach, describe, it } = require('node:test');

const leakline = require('../..');
const { runFixture, shown } = require('../support/service-child');
const { root, runNode, temporaryFolder } = require('../support/run');
const { site, snapshot } = require('../support/values');

const cli = path.join(root, 'js', 'cli', 'index.js');
const folder = temporaryFolder();
const emitter = new EventEmitter();

function file(name, content) {
  const at = path.join(folder, name);
  fs.writeFileSync(at, typeof content === 'string' ? content : JSON.stringify(content));
  return at;
}

/** A snapshot with a listener that this function adds: the same stack each time. */
function looked(options) {
  leakline.start({ mode: 'full', ...options });
  emitter.on('allowed', () => {});
  const snapshot = leakline.snapshot();
  leakline.stop();
  return snapshot;
}

const isOwn = ({ label }) => label === "EventEmitter 'allowed'";
/** Why leakline says it is accepted. */
const reasonOf = (allow) => looked({ allow }).sites.find(isOwn).allowed;

describe('allowed leaks', () => {
  afterEach(() => {
    leakline.stop();
    emitter.removeAllListeners();
  });

  it('are reported with their reason, when all that is named fits', () => {
    const fits = { kind: 'listener', file: 'service/allowed.spec.js', function: 'looked', reason: 'a test' };
    assert.equal(reasonOf([{ kind: 'map', reason: 'another' }, fits]), 'a test');
    assert.equal(reasonOf([{ ...fits, function: 'other' }]), undefined);
    assert.equal(reasonOf(undefined), undefined);
  });

  it('may be in a configuration', () => {
    const config = file('leakline.config.json', { allow: [{ label: "EventEmitter 'allowed'", reason: 'of a file' }] });
    assert.equal(reasonOf(config), 'of a file');
  });

  it('may be those of a snapshot, when they leaked there', () => {
    const before = looked();
    const was = (verdict) => file(`${verdict}.json`, { ...before, sites: before.sites.map((each) => ({ ...each, verdict })) });
    // Called as before: a fingerprint is of the whole stack.
    assert.equal(looked({ baseline: was('leak') }).sites.find(isOwn).allowed, `in the baseline ${was('leak')}`);
    assert.equal(looked({ baseline: was('suspect') }).sites.find(isOwn).allowed, `in the baseline ${was('suspect')}`);
    assert.equal(looked({ baseline: was('steady') }).sites.find(isOwn).allowed, undefined);
  });

  const wrong = {
    'a file that is not there': [path.join(folder, 'nowhere.json'), /nowhere\.json: the file must be readable: ENOENT/],
    'a file that is no JSON': [file('broken.json', '{'), /broken\.json: the file must be JSON/],
    'an entry without a reason': [[{ kind: 'map' }], /the option allow: allow\[0\]\.reason must be a non-empty string/],
    'an entry that names nothing': [[{ kind: 'map', reason: 'r' }, { reason: 'r' }], /allow\[1\] must be an entry with at least one/],
    'a slip': [file('slip.json', { allow: [{ fiel: 'a.js', reason: 'r' }] }), /slip\.json: the fields of allow\[0\].*Did you mean file\?/],
  };
  for (const [name, [allow, message]] of Object.entries(wrong)) {
    it(`${name} is refused, and nothing is recorded`, () => {
      assert.throws(() => leakline.start({ allow }), (error) => {
        assert.equal(error.code, 'ERR_LEAKLINE_CONFIG');
        assert.match(error.message, message);
        return true;
      });
      assert.equal(leakline.isStarted(), false);
    });
  }

  it('a list that cannot be written down is refused, also while leakline records', () => {
    const endless = { kind: 'map', reason: 'r' };
    endless.self = endless;
    const start = (allow) => () => leakline.start({ allow });
    for (const allow of [[endless], [{ kind: 1n, reason: 'r' }]]) assert.throws(start(allow), { code: 'ERR_LEAKLINE_OPTION', message: /^allow must be / });
    leakline.start();
    try {
      assert.throws(start([endless]), { code: 'ERR_LEAKLINE_OPTION' });
    } finally {
      leakline.stop();
    }
  });
});

describe('LEAKLINE_ALLOW', () => {
  it('that is wrong costs one line, and recording goes on', async () => {
    const env = { LEAKLINE: 'full', LEAKLINE_ALLOW: path.join(folder, 'nowhere.json') };
    const result = await runFixture('few-of-each.js', { node: ['--require', path.join(root, 'js', 'register.js')], env });
    assert.equal(result.code, 0, shown(result));
    assert.match(result.stderr, /^leakline: LEAKLINE_ALLOW is ignored: .*nowhere\.json: the file must be readable.*\n$/);
    assert.equal(result.said[0].mode, 'full');
  });

  it('marks what it lists', async () => {
    const allow = file('few.json', { allow: [{ kind: 'interval', reason: 'it polls' }] });
    const env = { LEAKLINE: 'full', LEAKLINE_ALLOW: allow };
    const result = await runFixture('few-of-each.js', { node: ['--require', path.join(root, 'js', 'register.js')], env });
    assert.deepEqual([result.code, result.stderr], [0, ''], shown(result));
    const { sites } = result.said[0];
    assert.ok(sites.length > 1 && sites.every(({ kind, allowed }) => (kind === 'interval') === (allowed === 'it polls')), JSON.stringify(sites));
  });
});

describe('leakline report --allow and --baseline', () => {
  const saved = file('saved.json', snapshot([site()]));
  const report = (...args) => runNode([cli, 'report', saved, ...args]);

  it('lists what is allowed apart, and does not fail on it', async () => {
    const config = file('list.json', { allow: [{ file: 'src/proxy.js', reason: 'until the next release' }] });
    const { code, stdout } = await report('--allow', config, '--fail-on', 'leak');
    assert.equal(code, 0);
    assert.match(stdout, /^leakline {2}nothing found/);
    assert.match(stdout, /allowed \(not counted\)[^]*until the next release/);
    assert.equal((await report('--fail-on', 'leak')).code, 1);
  });

  it('takes a snapshot as a baseline', async () => {
    const { code, stdout } = await report('--baseline', saved, '--fail-on', 'leak');
    assert.equal(code, 0);
    assert.match(stdout, /in the baseline .*saved\.json/);
  });

  it('says what is wrong with it', async () => {
    const { code, stderr } = await report('--allow', path.join(folder, 'broken.json'));
    assert.notEqual(code, 0);
    assert.match(stderr, /broken\.json: the file must be JSON/);
  });
});
