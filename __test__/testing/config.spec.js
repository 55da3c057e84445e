'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { load, levelOf } = require('../../js/runners/core/config');
const { project } = require('../support/leftovers');

const CONFIG = 'leakline.config.json';
const BASELINE = 'leakline.baseline.json';
const allowed = { kind: 'map', max: 1, reason: 'it is a cache' };
const known = { file: 'a.test.js', test: 't', kind: 'map', label: 'Map', fingerprint: '00000000000000aa', origin: 'src/a.js', count: 1 };

describe('the configuration of tests', () => {
  it('is complete without a file', () => {
    const folder = project();
    const { session, ...loaded } = load(folder, {});
    assert.equal(typeof session, 'object');
    assert.deepEqual(loaded, {
      file: null,
      config: { leaks: 'fail', checkAt: 'file', graceMs: 1000, kinds: null, ignore: [], baseline: BASELINE, allow: [] },
      ignore: [],
      baseline: { path: path.join(folder, BASELINE), exists: false },
      update: null,
    });
  });

  it('is the nearest, from the folder upwards, with the baseline beside it', () => {
    const folder = project({ [CONFIG]: { graceMs: 5, baseline: 'known/leaks.json' }, 'packages/a/src/x.js': '' });
    const { file, config, baseline } = load(path.join(folder, 'packages', 'a', 'src'), {});
    assert.equal(file, path.join(folder, CONFIG));
    assert.equal(config.graceMs, 5);
    assert.equal(baseline.path, path.join(folder, 'known', 'leaks.json'));
  });

  it('keeps all that it gives', () => {
    const given = {
      leaks: 'report', checkAt: 'test', graceMs: 0, kinds: ['listener', 'lease'], ignore: ['vendor/', '/gen/i'],
      baseline: 'known.json', allow: [{ kind: 'interval', file: 'src/poll.js', function: 'start', label: 'x', fingerprint: '0123456789abcdef', max: 2, reason: 'r' }],
    };
    const { config, ignore } = load(project({ [CONFIG]: given }), {});
    assert.deepEqual(config, given);
    assert.deepEqual(ignore, ['vendor/', /gen/i]);
  });

  it('lets the environment decide what it leaves open, and only that', () => {
    const open = project();
    assert.equal(load(open, { LEAKLINE_LEAKS: 'report' }).config.leaks, 'report');
    assert.equal(load(open, { LEAKLINE_LEAKS: '' }).config.leaks, 'fail');
    const closed = project({ [CONFIG]: { leaks: 'fail' } });
    assert.equal(load(closed, { LEAKLINE_LEAKS: 'off' }).config.leaks, 'fail');
  });

  it('says how the baseline may change', () => {
    const folder = project({ [BASELINE]: { schema: 1, leaks: [] } });
    const update = (value) => load(folder, { LEAKLINE_UPDATE: value }).update;
    assert.deepEqual(['1', 'all', '0', '', undefined].map(update), ['shrink', 'all', null, null, null]);
  });

  it('makes the first baseline with everything, for as long as the process lives', () => {
    const folder = project();
    assert.equal(load(folder, { LEAKLINE_UPDATE: '1' }).update, 'all');
    fs.writeFileSync(path.join(folder, BASELINE), '{"schema":1,"leaks":[]}');
    assert.equal(load(folder, { LEAKLINE_UPDATE: '1' }).update, 'all');
  });

  const variables = { LEAKLINE_LEAKS: 'loud', LEAKLINE_UPDATE: 'yes' };
  for (const [name, value] of Object.entries(variables)) {
    it(`refuses an unknown ${name}`, () => {
      const pattern = new RegExp(`^${name} must be .*, got '${value}'\\. Unset it`);
      assert.throws(() => load(project(), { [name]: value }), { code: 'ERR_LEAKLINE_OPTION', message: pattern });
    });
  }

  it('reads the level alone', () => {
    assert.equal(levelOf({}), null);
    assert.equal(levelOf({ LEAKLINE_LEAKS: 'off' }), 'off');
  });

  const wrong = {
    'is no JSON': ['{ leaks: fail }', /: the file must be JSON without comments: .* at line 1 column 3\. Fix it/],
    'is empty': ['', /: the file must be JSON without comments: EOF/],
    'is a list': [[], /: the file must be an object, got \[\]\. /],
    'has an unknown field': [{ leak: 'fail' }, /: the fields of the file must be among leaks, .*, got "leak"\. Did you mean leaks\?$/],
    'has an unknown level': [{ leaks: 'loud' }, /: leaks must be one of fail, report, off, got "loud"\. Leave it out/],
    'judges at no time': [{ checkAt: 'end' }, /: checkAt must be one of file, test, got "end"\. /],
    'waits too long': [{ graceMs: 60_001 }, /: graceMs must be a whole number from 0 to 60000 \(milliseconds\), got 60001\. /],
    'has a grace that is no number': [{ graceMs: '5' }, /: graceMs must be .*, got "5"\. /],
    'watches nothing': [{ kinds: [] }, /: kinds must be a list of kinds.*, got \[\]\. /],
    'ignores by a number': [{ ignore: [1] }, /: ignore must be a list of strings, got \[1\]\. /],
    'ignores by a broken pattern': [{ ignore: ['a', '/(/'] }, /: ignore\[1\] must be a string or a \/regular expression\/: .*\. Fix it/],
    'has a baseline without a name': [{ baseline: '' }, /: baseline must be the path of a file, got ""\. /],
    'allows no list': [{ allow: allowed }, /: allow must be a list of objects, got \{.*\. /],
    'allows without a reason': [{ allow: [allowed, { ...allowed, reason: undefined }] }, /: allow\[1\]\.reason must be a non-empty string, got nothing\. Say why/],
    'allows for an empty reason': [{ allow: [{ ...allowed, reason: '' }] }, /: allow\[0\]\.reason must be .*, got ""\. Say why/],
    'allows none': [{ allow: [{ ...allowed, max: 0 }] }, /: allow\[0\]\.max must be .*, got 0\. /],
    'allows halves': [{ allow: [{ ...allowed, max: 1.5 }] }, /: allow\[0\]\.max must be .*, got 1\.5\. /],
    'allows everything': [{ allow: [{ max: 1, reason: 'r' }] }, /: allow\[0\] must be an entry with at least one of kind, file, .*, got nothing\. Name what/],
    'allows by no fingerprint': [{ allow: [{ ...allowed, fingerprint: 'AA' }] }, /: allow\[0\]\.fingerprint must be 16 hexadecimal digits in lower case, got "AA"\. /],
    'allows by an unknown field': [{ allow: [allowed, allowed, { ...allowed, fucntion: 'f' }] }, /: the fields of allow\[2\] must be among kind, .*, got "fucntion"\. Did you mean function\?$/],
  };
  for (const [what, [content, pattern]] of Object.entries(wrong)) {
    it(`is refused when it ${what}`, () => assertRefused({ [CONFIG]: content }, CONFIG, 'ERR_LEAKLINE_CONFIG', pattern));
  }
});

describe('the baseline', () => {
  const baseline = (...leaks) => ({ schema: 1, leaks });
  const wrong = {
    'is no JSON': ['schema: 1', /: the file must be JSON without comments: .* at line 1 column 1\. Fix it/],
    'holds a conflict of a merge': ['{\n<<<<<<< ours\n}', /: the file must be JSON.*\. Resolve the conflict of the merge/],
    'is null': ['null', /: the file must be an object, got null\. /],
    'has no schema': [{ leaks: [] }, /: schema must be 1, got nothing\. /],
    'is of a newer schema': [{ schema: 2, leaks: [] }, /: schema must be 1, got 2\. It may be of a newer leakline/],
    'has more fields': [{ ...baseline(), made: 'x' }, /: the fields of the file must be among schema, leaks, got "made"\. /],
    'lists no objects': [baseline('x'), /: leaks\[0\] must be an object, got "x"\. /],
    'has an entry without a test': [baseline(known, { ...known, test: undefined }), /: leaks\[1\]\.test must be a string, got nothing\. /],
    'has an entry that counts none': [baseline({ ...known, count: 0 }), /: leaks\[0\]\.count must be a whole number of at least 1, got 0\. /],
    'has an entry without identity': [baseline({ ...known, fingerprint: 'x' }), /: leaks\[0\]\.fingerprint must be 16 hexadecimal digits in lower case, got "x"\. /],
    'has an entry with more fields': [baseline({ ...known, line: 3 }), /: the fields of leaks\[0\] must be among file, .*, got "line"\. /],
  };
  for (const [what, [content, pattern]] of Object.entries(wrong)) {
    it(`is refused when it ${what}`, () => assertRefused({ [BASELINE]: content }, BASELINE, 'ERR_LEAKLINE_BASELINE', pattern));
  }
});

function assertRefused(files, name, code, pattern) {
  const folder = project(files);
  assert.throws(() => load(folder, {}), (reason) => {
    assert.equal(reason.code, code);
    assert.ok(reason.message.startsWith(`${path.join(folder, name)}: `), reason.message);
    assert.match(reason.message, pattern);
    assert.ok(reason.message.endsWith(reason.hint));
    return true;
  });
}
