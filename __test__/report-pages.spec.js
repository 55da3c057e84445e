'use strict';

// Reports as pages, and of several processes as one.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { root, runNode, temporaryFolder } = require('./support/run');
const { checkResult, site, snapshot } = require('./support/values');

const cli = path.join(root, 'js', 'cli', 'index.js');
const folder = temporaryFolder();

describe('LEAKLINE_REPORT=x.html', () => {
  it('is a page without a script, whose words are the report\'s', async () => {
    const program = "const bus = new (require('node:events'))(); bus.on('<script>alert(1)</script>', () => {}); process.title = 'x';";
    const file = path.join(folder, 'x.html');
    const { code, stderr } = await runNode(['--require', path.join(root, 'js', 'register.js'), '-e', program], { env: { LEAKLINE: 'full', LEAKLINE_REPORT: file } });
    assert.deepEqual([code, stderr], [0, '']);
    const html = fs.readFileSync(file, 'utf8');
    assert.match(html, /^<!doctype html>[^]*<pre>\[leakline\] report 1 of process \d+ \([^]*\[leakline\] end of report 1 of process \d+\n<\/pre>/);
    assert.doesNotMatch(html, /<script/);
    // A process that ends within two seconds leaves no flight file, and so no history.
    assert.doesNotMatch(html, /<figure/);
  });
});

describe('leakline report of several files', () => {
  const saved = (name, value) => {
    fs.writeFileSync(path.join(folder, name), JSON.stringify(value));
    return name;
  };
  const one = saved('one.json', snapshot());
  const other = saved('other.json', snapshot([site({ live: 88 }), site({ fingerprint: '00000000000000bb', label: "Bus 'x'", live: 7, verdict: 'suspect', origin: { function: 'f', file: '/app/x.js', line: 3, column: 1 }, stack: [] })]));

  it('reports what leaks in each of them once, with all its counts', async () => {
    const { code, stdout, stderr } = await runNode([cli, 'report', one, other], { cwd: folder });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^leakline {2}1 leak in the application, 1 suspect/);
    assert.match(stdout, /listener 'data' on Socket +500 unreleased, \+4,944 an hour/);
    assert.match(stdout, /why {3}in 2 of 2 processes; grew in every interval/);
    assert.match(stdout, /note: process 4711 \(other\.json\): 1 leak, 1 suspect/);
    const json = JSON.parse((await runNode([cli, 'report', '--format', 'json', one, other], { cwd: folder })).stdout);
    assert.equal(json.totals.listener.live, 412 + 95);
    assert.equal((await runNode([cli, 'report', '--fail-on', 'leak', one, other], { cwd: folder })).code, 1);
  });

  it('refuses what is no state of a process', async () => {
    const check = saved('check.json', checkResult());
    const { code, stderr } = await runNode([cli, 'report', one, check], { cwd: folder });
    assert.equal(code, 2);
    assert.match(stderr, /check\.json must be a snapshot.*several files are reported as one where each is a snapshot, and it is a check result/);
  });
});

describe('leakline report of a test run', () => {
  const hostile = '<script>alert(1)</script>"\u001B[31m';
  const leak = (outcome, fingerprint, line) => ({
    outcome, kind: 'listener', label: `Bus '${hostile}'`, fingerprints: [fingerprint], count: 3,
    origin: { function: 'subscribe', file: path.join(folder, 'src', 'bus.js'), line, column: 7 },
    stack: [{ function: 'subscribe', file: path.join(folder, 'src', 'bus.js'), line, column: 7 }],
    leftBy: [{ file: path.join(folder, 'bus.test.js'), tests: [hostile, 'b', 'c', 'd'], count: 3 }],
  });
  const run = { type: 'tests', schema: 1, files: 1, tests: 4, failed: 1, leaks: [leak('failed', '00000000000000aa', 5), leak('reported', '00000000000000bb', 6), leak('allowed', '00000000000000cc', 7)], stale: [], notes: [] };
  const written = async (...args) => {
    fs.writeFileSync(path.join(folder, 'tests.json'), JSON.stringify(run));
    return runNode([cli, 'report', ...args, 'tests.json'], { cwd: folder });
  };

  it('is a page, and a list for code reviews', async () => {
    const page = await written('--html');
    assert.equal(page.code, 0, page.stderr);
    assert.match(page.stdout, /^<!doctype html>[^]*<title>leakline tests<\/title>[^]*1 leak/);
    // eslint-disable-next-line no-control-regex -- that is what is looked for
    assert.doesNotMatch(page.stdout, /<script|\u001B/);
    assert.deepEqual(JSON.parse((await written('--json')).stdout), run);
    const { runs: [{ results }] } = JSON.parse((await written('--sarif')).stdout);
    assert.deepEqual(results.map(({ level, locations: [{ physicalLocation }] }) => [level, physicalLocation.region.startLine]), [['error', 5], ['warning', 6]]);
    assert.match(results[0].message.text, /: 3 left by “.*”, “b”, “c” and 1 more$/);
    const issues = JSON.parse((await written('--format', 'codeclimate')).stdout);
    assert.deepEqual(issues.map(({ severity, location }) => [severity, location.path]), [['major', 'src/bus.js'], ['minor', 'src/bus.js']]);
  });

  it('refuses other formats, and two at once', async () => {
    const { code, stderr } = await written('--format', 'prometheus');
    assert.equal(code, 2);
    assert.match(stderr, /has the formats text, json, html, sarif, codeclimate, not 'prometheus'/);
    assert.match((await written('--html', '--sarif')).stderr, /A report has one format, got html and sarif/);
  });
});
