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
function looked(known) {
  leakline.start({ mode: 'full', known });
  emitter.on('known', () => {});
  const snapshot = leakline.snapshot();
  leakline.stop();
  return snapshot;
}

const isOwn = ({ label }) => label === "EventEmitter 'known'";
/** What leakline says is known of it. */
const knownOf = (known) => looked(known).sites.find(isOwn).known;

describe('known leaks', () => {
  afterEach(() => {
    leakline.stop();
    emitter.removeAllListeners();
  });

  it('are reported with their reason, when all that is named fits', () => {
    const fits = { kind: 'listener', file: 'service/known.spec.js', function: 'looked', reason: 'a test' };
    assert.equal(knownOf([{ kind: 'map', reason: 'another' }, fits]), 'a test');
    assert.equal(knownOf([{ ...fits, function: 'other' }]), undefined);
    assert.equal(knownOf(undefined), undefined);
  });

  it('may be in a configuration', () => {
    const config = file('leakline.config.json', { allow: [], known: [{ label: "EventEmitter 'known'", reason: 'of a file' }] });
    assert.equal(knownOf(config), 'of a file');
  });

  it('may be those of a snapshot, when they leaked there', () => {
    const before = looked();
    const was = (verdict) => file(`${verdict}.json`, { ...before, sites: before.sites.map((each) => ({ ...each, verdict })) });
    // Called as before: a fingerprint is of the whole stack.
    assert.equal(looked(was('leak')).sites.find(isOwn).known, `in the baseline ${was('leak')}`);
    assert.equal(looked(was('suspect')).sites.find(isOwn).known, `in the baseline ${was('suspect')}`);
    assert.equal(looked(was('steady')).sites.find(isOwn).known, undefined);
  });

  const wrong = {
    'a file that is not there': [path.join(folder, 'nowhere.json'), /nowhere\.json: the file must be readable: ENOENT/],
    'a file that is no JSON': [file('broken.json', '{'), /broken\.json: the file must be JSON/],
    'an entry without a reason': [[{ kind: 'map' }], /the option known: known\[0\]\.reason must be a non-empty string/],
    'an entry that names nothing': [[{ kind: 'map', reason: 'r' }, { reason: 'r' }], /known\[1\] must be an entry with at least one/],
    'a slip': [file('slip.json', { known: [{ fiel: 'a.js', reason: 'r' }] }), /slip\.json: the fields of known\[0\].*Did you mean file\?/],
  };
  for (const [name, [known, message]] of Object.entries(wrong)) {
    it(`${name} is refused, and nothing is recorded`, () => {
      assert.throws(() => leakline.start({ known }), (error) => {
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
    const start = (known) => () => leakline.start({ known });
    for (const known of [[endless], [{ kind: 1n, reason: 'r' }]]) assert.throws(start(known), { code: 'ERR_LEAKLINE_OPTION', message: /^known must be / });
    leakline.start();
    try {
      assert.throws(start([endless]), { code: 'ERR_LEAKLINE_OPTION' });
    } finally {
      leakline.stop();
    }
  });
});

describe('LEAKLINE_KNOWN', () => {
  it('that is wrong costs one line, and recording goes on', async () => {
    const env = { LEAKLINE: 'full', LEAKLINE_KNOWN: path.join(folder, 'nowhere.json') };
    const result = await runFixture('few-of-each.js', { node: ['--require', path.join(root, 'js', 'register.js')], env });
    assert.equal(result.code, 0, shown(result));
    assert.match(result.stderr, /^leakline: LEAKLINE_KNOWN is ignored: .*nowhere\.json: the file must be readable.*\n$/);
    assert.equal(result.said[0].mode, 'full');
  });

  it('marks what it lists', async () => {
    const known = file('few.json', { known: [{ kind: 'interval', reason: 'it polls' }] });
    const env = { LEAKLINE: 'full', LEAKLINE_KNOWN: known };
    const result = await runFixture('few-of-each.js', { node: ['--require', path.join(root, 'js', 'register.js')], env });
    assert.deepEqual([result.code, result.stderr], [0, ''], shown(result));
    const { sites } = result.said[0];
    assert.ok(sites.length > 1 && sites.every(({ kind, known }) => (kind === 'interval') === (known === 'it polls')), JSON.stringify(sites));
  });
});

describe('leakline report --known', () => {
  const saved = file('saved.json', snapshot([site()]));
  const report = (...args) => runNode([cli, 'report', saved, ...args]);

  it('lists what is known apart, and does not fail on it', async () => {
    const config = file('list.json', { known: [{ file: 'src/proxy.js', reason: 'until the next release' }] });
    const { code, stdout } = await report('--known', config, '--fail-on', 'leak');
    assert.equal(code, 0);
    assert.match(stdout, /^leakline {2}nothing found/);
    assert.match(stdout, /known \(not counted\)[^]*until the next release/);
    assert.equal((await report('--fail-on', 'leak')).code, 1);
  });

  it('takes a snapshot as a baseline', async () => {
    const { code, stdout } = await report('--known', saved, '--fail-on', 'leak');
    assert.equal(code, 0);
    assert.match(stdout, /in the baseline .*saved\.json/);
  });

  it('says what is wrong with it', async () => {
    const { code, stderr } = await report('--known', path.join(folder, 'broken.json'));
    assert.notEqual(code, 0);
    assert.match(stderr, /broken\.json: the file must be JSON/);
  });
});
