'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { load } = require('../../js/runners/core/config');
const { collect, drop, settle } = require('../../js/runners/core/results');
const { fileEnd, leftover, project } = require('../support/leftovers');
const { root, runNode, temporaryFolder } = require('../support/run');

const fixture = path.join(root, '__test__', 'fixtures', 'settles.js');
function settledIn(folder, env, left, options, fields = {}) {
  const loaded = load(folder, env);
  return settle(loaded.session, { ...fileEnd(folder, loaded, left, options), ...fields }, env);
}

describe("a test file's end", () => {
  it('fails each test with what it left', () => {
    const folder = project();
    const { failures, print } = settledIn(folder, {}, [leftover(folder, ['opens'], 3), leftover(folder, ['opens', 'closes'])]);
    assert.deepEqual(failures.map(({ tests }) => tests), [['opens'], ['closes']]);
    const [first, blank, ...rest] = failures[0].message.split('\n');
    assert.equal(first, "leakline: 2 leaks: 3 × listener 'data' on Socket at src/proxy.js:3:12, and 1 more");
    assert.equal(blank, '');
    const text = rest.join('\n');
    assert.match(text, /^1 {2}listener 'data' on Socket +3 unreleased\n {3}src\/proxy\.js:3:12 {2}attach\n/);
    assert.match(text, /why {3}registered during this test, still there when its file had ended\n/);
    assert.match(text, /registered by one of these tests, which ran at the same time: opens, closes;/);
    assert.match(text, /fix {3}call socket\.off\('data', onData\)/);
    assert.ok(!text.includes('\u001B'), 'plain text');
    assert.equal(print, '', 'a failure needs no further print');
  });

  it('is coloured where that is asked for', () => {
    const folder = project();
    const { failures } = settledIn(folder, {}, [leftover(folder, ['opens'])], {}, { text: { cwd: folder, color: true } });
    assert.ok(failures[0].message.includes('\u001B['));
  });

  it('says when a test was judged at its own end', () => {
    const folder = project();
    const { failures } = settledIn(folder, {}, [leftover(folder, ['opens'])], {}, { checkAt: 'test' });
    assert.match(failures[0].message, /still there when it had ended/);
  });

  it('prints annotations for GitHub when nobody sums up', () => {
    const folder = project();
    const { print } = settledIn(folder, { GITHUB_ACTIONS: 'true' }, [leftover(folder, ['100 %: opens, closes'])]);
    const lines = print.trimEnd().split('\n');
    assert.equal(lines.length, 1);
    assert.match(lines[0], /^::error file=src\/proxy\.js,line=3,col=12,title=leakline%3A listener 'data' on Socket::1 unreleased/);
    assert.ok(lines[0].includes('%0A  a.test.js  100 %25: opens, closes%0A'), lines[0]);
  });

  it('leaves printing to whoever sums up, and hands over all', () => {
    const folder = project();
    const run = temporaryFolder();
    const env = { GITHUB_ACTIONS: 'true', LEAKLINE_RUN: run, LEAKLINE_LEAKS: 'report' };
    const { failures, print, result } = settledIn(folder, env, [leftover(folder, ['opens'])]);
    assert.deepEqual([failures, print], [[], '']);
    assert.deepEqual(collect(run), [result]);
    assert.equal(result.findings[0].outcome, 'reported');
  });

  it('prints what fails nothing when nobody sums up', () => {
    const folder = project();
    const { print } = settledIn(folder, { LEAKLINE_LEAKS: 'report' }, [leftover(folder, ['opens'])]);
    assert.match(print, /^leakline {2}1 leak reported +a\.test\.js · 1 test\n/);
    assert.match(print, /left by {2}opens\n/);
  });

  it('copes with half a character in a name', () => {
    const folder = project();
    const { failures } = settledIn(folder, { LEAKLINE_RUN: temporaryFolder() }, [leftover(folder, ['cut \uD83D'])]);
    assert.equal(failures.length, 1);
  });
});

describe("a run's folder", () => {
  it('may hold what is not ours', () => {
    const folder = temporaryFolder();
    const result = { schema: 1, runner: 'jest', file: '/a.test.js', tests: [], findings: [], stale: [], notes: [] };
    drop(folder, result);
    fs.writeFileSync(path.join(folder, 'unfinished'), '{"schema":1');
    fs.writeFileSync(path.join(folder, 'half.leakline.json'), '{"schema":1');
    fs.writeFileSync(path.join(folder, 'null.leakline.json'), 'null');
    fs.writeFileSync(path.join(folder, 'newer.leakline.json'), JSON.stringify({ ...result, schema: 2 }));
    fs.mkdirSync(path.join(folder, 'folder.leakline.json'));
    assert.deepEqual(collect(folder), [result]);
  });
});

describe('the baseline', () => {
  const baselineOf = (folder) => path.join(folder, 'leakline.baseline.json');
  const entries = (folder) => JSON.parse(fs.readFileSync(baselineOf(folder), 'utf8')).leaks
    .map(({ file, test, count }) => [file, test, count]);

  it('is made, holds, reports what is stale, and shrinks', () => {
    const folder = project();
    const left = (a, b) => [leftover(folder, ['a'], a), ...(b ? [leftover(folder, ['b'], b)] : [])];
    const end = (env, ...counts) => settledIn(folder, env, left(...counts), { tests: ['a', 'b'] });

    assert.deepEqual(end({ LEAKLINE_UPDATE: 'all' }, 2, 1).failures, []);
    assert.deepEqual(entries(folder), [['a.test.js', 'a', 2], ['a.test.js', 'b', 1]]);
    assert.deepEqual(end({}, 2, 1), { failures: [], print: '', result: end({}, 2, 1).result });

    const stale = end({}, 1, 0);
    assert.deepEqual(stale.failures, []);
    assert.match(stale.print, /stale in the baseline.*LEAKLINE_UPDATE=1.*\n.*2 known, 1 left\n.*a\n.*1 known, 0 left\n/);
    assert.deepEqual(entries(folder), [['a.test.js', 'a', 2], ['a.test.js', 'b', 1]], 'a normal run changes nothing');

    assert.equal(end({ LEAKLINE_UPDATE: '1' }, 1, 0).failures.length, 0);
    assert.deepEqual(entries(folder), [['a.test.js', 'a', 1]]);
    assert.equal(end({ LEAKLINE_UPDATE: '1' }, 2, 0).failures.length, 1, 'shrinking takes nothing in');
    assert.deepEqual(entries(folder), [['a.test.js', 'a', 1]]);
  });

  it('is not touched where nothing changes, nor made for nothing', () => {
    const folder = project({ 'leakline.baseline.json': '{ "schema": 1,\r\n "leaks": [] }\r\n' });
    settledIn(folder, { LEAKLINE_UPDATE: 'all' }, []);
    assert.equal(fs.readFileSync(baselineOf(folder), 'utf8'), '{ "schema": 1,\r\n "leaks": [] }\r\n');
    const empty = project();
    settledIn(empty, { LEAKLINE_UPDATE: 'all' }, [], { tests: ['a'] });
    assert.ok(!fs.existsSync(baselineOf(empty)));
  });

  it('is a coded error where it cannot be written', { skip: process.platform === 'win32' && 'folders are not read-only there' }, () => {
    const folder = project({ 'leakline.config.json': { baseline: 'src/proxy.js/leaks.json' } });
    assert.throws(() => settledIn(folder, { LEAKLINE_UPDATE: 'all' }, [leftover(folder, ['a'])]), {
      code: 'ERR_LEAKLINE_BASELINE', message: /leaks\.json: the file must be writable: .*\. Nothing in it was changed\.$/,
    });
  });

  it('keeps what several workers write at once', async () => {
    const folder = project();
    const files = Array.from({ length: 8 }, (_, n) => `test/${n}.test.js`);
    // As one leaves it that was killed while it held the lock.
    fs.writeFileSync(`${baselineOf(folder)}.lock`, '');
    const all = (env, left) => Promise.all(files.map((file) => runNode([fixture, file, JSON.stringify(left)], { cwd: folder, env })));
    for (const { code, stderr } of await all({ LEAKLINE_UPDATE: 'all' }, [['a', 2], ['b', 1]])) assert.equal(code, 0, stderr);
    assert.deepEqual(entries(folder), files.flatMap((file) => [[file, 'a', 2], [file, 'b', 1]]));

    for (const { code, stderr } of await all({ LEAKLINE_UPDATE: '1' }, [['a', 1], ['b', 1]])) assert.equal(code, 0, stderr);
    assert.deepEqual(entries(folder), files.flatMap((file) => [[file, 'a', 1], [file, 'b', 1]]));
    assert.deepEqual(fs.readdirSync(folder).toSorted(), ['leakline.baseline.json', 'src'], 'no lock and no half file stays');
  });
});
