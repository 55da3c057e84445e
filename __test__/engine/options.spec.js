'use strict';

const assert = require('node:assert/strict');
const { afterEach, describe, it } = require('node:test');

const { leakline } = require('../support/recording');

const wrong = (option, ...values) => values.map((value) => ({ [option]: value }));

describe('start() refuses', () => {
  const refused = [
    ...wrong('mode', 'loud', '', 'off', null, 1, true, ['full']),
    ...wrong('kinds', 'listener', [], [''], [1], {}, [undefined], ['x'.repeat(65)], new Set(['map'])),
    ...wrong('stackDepth', 0, 65, 1.5, '16', NaN, Infinity, null, -1),
    ...wrong('budget', 0, 0.0009, 1.01, '0.1', NaN, null, -1),
    ...wrong('minSize', 0, -1, 1.5, '10', 2 ** 32, NaN, null),
    ...wrong('ignore', 'express', [1], [''], /x/, {}, null),
    ...wrong('allow', 7, '', {}, [1], [null], null), ...wrong('baseline', 7, '', []), ...wrong('allowGc', 'no', 0, null),
    { unknown: 1 }, { Mode: 'full' }, { toString: 1 }, null, 'full', 7, true,
  ];
  for (const options of refused) {
    it(`${JSON.stringify(options)} (${Object.values(options ?? {}).map(String)})`, () => {
      assert.throws(() => leakline.start(options), (error) => {
        assert.equal(error.code, 'ERR_LEAKLINE_OPTION');
        const name = Object.keys(Object(options))[0];
        if (typeof options === 'object' && options !== null) assert.ok(error.message.includes(name), error.message);
        return true;
      });
      assert.equal(leakline.isStarted(), false);
    });
  }
});

describe('start() takes', () => {
  afterEach(() => leakline.stop());
  const taken = [
    undefined, {}, { mode: undefined }, { mode: 'counts' }, { mode: 'adaptive', budget: 0.001 }, { budget: 1 }, { stackDepth: 1 },
    { stackDepth: 64 }, { minSize: 1 }, { minSize: 2 ** 32 - 1 }, { kinds: ['listener', 'mine'] }, { ignore: [] }, { ignore: ['a', /b/g] },
    { allowGc: false }, { allow: [] }, { allow: [{ kind: 'map', reason: 'a cache' }] },
  ];
  for (const options of taken) {
    it(JSON.stringify(options) ?? 'nothing', () => {
      leakline.start(options);
      assert.equal(leakline.isStarted(), true);
    });
  }
});

describe('a second start()', () => {
  afterEach(() => leakline.stop());

  for (const [first, second] of [
    [undefined, {}], [{}, { mode: 'adaptive' }], [{ mode: 'full' }, { mode: 'full', stackDepth: 16 }],
    [{ kinds: ['map'], ignore: [/x/] }, { ignore: [/x/], kinds: ['map'] }],
  ]) {
    it(`asking for the same does nothing: ${JSON.stringify([first, second])}`, () => {
      leakline.start(first);
      leakline.start(second);
      leakline.stop();
      assert.equal(leakline.isStarted(), false, 'one stop is enough');
    });
  }

  for (const [first, second] of [
    [{}, { mode: 'full' }], [{ mode: 'full' }, {}], [{ kinds: ['map'] }, {}], [{ kinds: ['map'] }, { kinds: ['set'] }],
    [{ stackDepth: 8 }, { stackDepth: 9 }], [{ budget: 0.5 }, {}], [{ minSize: 5 }, {}], [{ ignore: ['a'] }, { ignore: [/a/] }],
    [{ allowGc: false }, {}], [{ allow: [{ kind: 'map', reason: 'a' }] }, { allow: [{ kind: 'set', reason: 'a' }] }],
  ]) {
    it(`asking for something else is refused: ${JSON.stringify([first, second])}`, () => {
      leakline.start(first);
      assert.throws(() => leakline.start(second), { code: 'ERR_LEAKLINE_STARTED' });
      assert.equal(leakline.isStarted(), true, 'and the first goes on');
      leakline.start(first);
    });
  }
});

describe('without start()', () => {
  for (const [name, call] of Object.entries({
    snapshot: () => leakline.snapshot(),
    'snapshot with gc': () => leakline.snapshot({ gc: true }),
    track: () => leakline.track({}, { kind: 'mine' }),
  })) {
    it(`${name} is refused`, () => assert.throws(call, { code: 'ERR_LEAKLINE_NOT_STARTED' }));
  }
});

describe('snapshot() refuses', () => {
  it('options that are no object', () => {
    leakline.start();
    try {
      for (const options of [null, 1, 'gc']) assert.throws(() => leakline.snapshot(options), { code: 'ERR_LEAKLINE_OPTION' }, String(options));
    } finally {
      leakline.stop();
    }
  });
});

describe('report() refuses', () => {
  const snapshot = () => {
    leakline.start();
    try {
      return leakline.snapshot();
    } finally {
      leakline.stop();
    }
  };
  const value = snapshot();

  for (const options of [
    ...wrong('format', 'xml', '', null, 1), ...wrong('color', 'yes', 1, null), ...wrong('width', 59, 1001, '80', 70.5),
    ...wrong('all', 1), ...wrong('allFrames', 'x'), { unknown: true }, { toString: 1 }, 'text', 7,
  ]) {
    it(`the options ${JSON.stringify(options)}`, () => {
      assert.throws(() => leakline.report(value, options), { code: 'ERR_LEAKLINE_OPTION' });
    });
  }

  for (const what of [undefined, null, 'text', 1, {}, [], { schema: 1 }, { ...value, schema: 2 }, { ...value, sites: 'none' }]) {
    it(`what is no snapshot: ${JSON.stringify(what)?.slice(0, 40)}`, () => {
      assert.throws(() => leakline.report(what), { code: 'ERR_LEAKLINE_SNAPSHOT' });
    });
  }

  it('nothing of what it makes itself', () => {
    assert.match(leakline.report(value), /^leakline/);
    assert.match(leakline.report(value, { format: undefined, color: undefined }), /^leakline/);
    // Numbers with many digits come back as they were.
    const exact = { ...value, overhead: { ...value.overhead, cpuShare: 0.018973088795307246 } };
    assert.deepEqual(JSON.parse(leakline.report(exact, { format: 'json' })), exact);
    assert.ok(leakline.report(value, { color: true }).includes('\u001B['));
  });
});
