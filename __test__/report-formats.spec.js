'use strict';

const assert = require('node:assert/strict');
const { before, describe, it } = require('node:test');
const { stripVTControlCharacters } = require('node:util');

const leakline = require('..');
const { runWell, lineOf } = require('./support/service-child');

let made;
let file;
before(async () => {
  const result = await runWell('reports.js');
  file = result.file;
  made = Object.fromEntries(result.said.map((each) => [each.name, each]));
});

for (const name of ['snapshot', 'diff', 'check result']) {
  describe(`report() of a ${name}`, () => {
    it('is JSON that parses to what it was made of', () => {
      assert.deepEqual(JSON.parse(made[name].json), made[name].value);
    });

    it('is text without colours by default', () => {
      assert.ok(made[name].text.startsWith('leakline '), made[name].text);
      assert.equal(stripVTControlCharacters(made[name].text), made[name].text);
    });

    it('is the same when it was saved in between', () => {
      assert.equal(made[name].again, made[name].text);
    });

    it('names the leaking line', () => {
      const { plain } = made[name].asked[160];
      assert.ok(plain.includes(`reports.js:${lineOf(file, 'leaks')}:`), plain);
    });

    for (const width of [60, 100, 160]) {
      it(`fills ${width} columns, with colours and without`, () => {
        const { plain, coloured } = made[name].asked[width];
        assert.notEqual(coloured, plain);
        assert.equal(stripVTControlCharacters(coloured), plain);
        // "Nothing found" is one line at any width, so that it can be searched for.
        const lines = plain.split('\n').filter((line) => !line.startsWith('leakline  nothing found'));
        for (const line of lines) assert.ok([...line].length <= width, `${[...line].length} columns: ${line}`);
      });
    }
  });
}

describe('numbers in JSON', () => {
  it('stay as they are to the last digit', () => {
    const { value } = made.snapshot;
    const sites = [91731.91771731919, 0.1, 1e-7, 123456789.12345679, 5e-324, 1.7976931348623157e308].map((growthPerHour) => ({ ...value.sites[0], growthPerHour }));
    const again = JSON.parse(leakline.report({ ...value, sites }, { format: 'json' }));
    assert.deepEqual(again.sites.map(({ growthPerHour }) => growthPerHour), sites.map(({ growthPerHour }) => growthPerHour));
  });
});

describe('diff() of two real snapshots', () => {
  it('says what grew, by how much', () => {
    const { value: { sites } } = made.diff;
    const grown = sites.filter(({ origin }) => origin?.file === file && origin.line === lineOf(file, 'leaks'));
    // The two loops are two stacks: one was there before, one is new.
    assert.deepEqual(grown.map(({ change }) => change).filter((change) => change !== 'same'), ['new']);
    const isLeak = ({ origin }) => origin?.file === file && origin.line === lineOf(file, 'leaks');
    const live = (snapshot) => snapshot.sites.filter(isLeak).reduce((sum, site) => sum + site.live, 0);
    assert.equal(live(made.snapshot.value) - live(made.before.value), 20);
  });

  it('of a snapshot with itself finds nothing', () => {
    const { sites } = leakline.diff(made.snapshot.value, made.snapshot.value);
    assert.deepEqual(sites.filter(({ change }) => change === 'new' || change === 'grown'), []);
  });
});

describe('what is no snapshot', () => {
  const circular = {};
  circular.self = circular;
  const wrong = {
    undefined: undefined, null: null, 'a number': 5, 'a text': '{}', 'an array': [], 'an empty object': {}, 'a function': () => {}, 'an Error': new Error('no'),
    'an object that holds itself': circular, 'an object with a bigint': { schema: 1n },
  };

  for (const [what, value] of Object.entries(wrong)) {
    it(`${what} is refused`, () => {
      const refused = { name: 'LeaklineError', code: 'ERR_LEAKLINE_SNAPSHOT' };
      assert.throws(() => leakline.report(value), refused);
      assert.throws(() => leakline.diff(value, made.snapshot.value), refused);
      assert.throws(() => leakline.diff(made.snapshot.value, value), refused);
    });
  }

  it('a snapshot of another schema, or with a part missing or of another type, is refused', () => {
    const { value } = made.snapshot;
    const others = [
      { ...value, schema: 2 }, { ...value, schema: '1' }, { ...value, sites: undefined }, { ...value, sites: {} }, { ...value, process: null },
      { ...value, totals: [1] }, { ...value, sites: [{ ...value.sites[0], live: -1 }] }, { ...value, sites: [{ ...value.sites[0], verdict: 'bad' }] },
    ];
    for (const other of others) assert.throws(() => leakline.report(other), { code: 'ERR_LEAKLINE_SNAPSHOT' });
  });

  it('a diff and a check result cannot be compared', () => {
    for (const name of ['diff', 'check result']) {
      assert.throws(() => leakline.diff(made.snapshot.value, made[name].value), { code: 'ERR_LEAKLINE_SNAPSHOT' });
    }
  });

  for (const options of [{ format: 'xml' }, { color: 'yes' }, { width: 59 }, { width: '80' }, { wide: 80 }]) {
    it(`report() refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => leakline.report(made.snapshot.value, options), { code: 'ERR_LEAKLINE_OPTION' });
    });
  }
});
