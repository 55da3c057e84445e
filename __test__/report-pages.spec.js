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
    assert.match(stderr, /check\.json must be a snapshot.*several files are reported as one where each is a snapshot, and it is a check/);
  });
});
