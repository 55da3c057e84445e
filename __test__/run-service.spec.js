'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { before, describe, it } = require('node:test');
const { stripVTControlCharacters } = require('node:util');

const { which } = require('../.scripts/exec');
const { root, cleanEnvironment, temporaryFolder } = require('./support/run');
const { runFixture, shown, at, fixture, lineOf, preload } = require('./support/service-child');

const onWindows = process.platform === 'win32' && 'signals are not sent on Windows';
const cli = path.join(root, 'js', 'cli', 'index.js');
const service = fixture('leaky-service.js');
const file = path.join(temporaryFolder(), 'report.json');

/** Reports on signal until `isEnough`, then ends the service with SIGTERM. */
const askUntil = (isEnough) => (child) => {
  const timer = setInterval(() => {
    if (fs.existsSync(file) && isEnough(JSON.parse(fs.readFileSync(file, 'utf8')))) {
      clearInterval(timer);
      fs.rmSync(file);
      child.kill('SIGTERM');
    } else {
      child.kill('SIGUSR2');
    }
  }, 500);
  child.once('exit', () => clearInterval(timer));
};

const verdictOf = (snapshot) => at(snapshot.sites, service, 'leaks')[0]?.verdict;

// Of a terminal 100 columns wide.
const skipTerminal = (process.platform !== 'linux' || which('script') === null) && 'there is no script(1) of util-linux here';
const onTerminal = (command, env = {}) => spawnSync('script', ['-qec', `stty cols 100 rows 40; ${command}`, '/dev/null'], {
  encoding: 'utf8', env: { ...cleanEnvironment(), TERM: 'xterm', ...env }, stdio: ['ignore', 'pipe', 'pipe'],
}).stdout.replaceAll('\r\n', '\n');
const quoted = (...args) => args.map((arg) => `'${arg}'`).join(' ');

describe('leakline run, of a service that leaks', { skip: onWindows }, () => {
  let snapshot;

  before(async () => {
    const args = ['run', '--signal', 'SIGUSR2', '--report', file, '--', process.execPath, service];
    const result = await runFixture('leaky-service.js', {
      program: [process.execPath, cli, ...args], on: { ready: askUntil((snapshot) => verdictOf(snapshot) === 'leak') },
      killMs: 90_000,
    });
    assert.deepEqual([result.code, result.signal, result.stderr, result.said], [null, 'SIGTERM', '', ['ready']], shown(result));
    snapshot = JSON.parse(fs.readFileSync(file, 'utf8'));
  });

  it('names the line, with its evidence, and nothing else', () => {
    // What Node itself listens for on what the leak keeps is a consequence.
    const accused = snapshot.sites.filter(({ verdict, origin }) => (verdict === 'leak' || verdict === 'suspect') && origin !== null);
    assert.deepEqual(accused.map(({ kind, label, origin }) => ({ kind, label, line: origin?.line })), [
      { kind: 'listener', label: "EventEmitter 'change'", line: lineOf(service, 'leaks') },
    ]);
    assert.match(accused[0].evidence, /grew in \d+ of \d+ intervals; 0 of \d+ ever released/);
    assert.ok(accused[0].growthPerHour > 0);
    assert.equal(snapshot.mode, 'adaptive');
  });

  it('leakline report says it as text; --fail-on fails on it', () => {
    const run = (...args) => spawnSync(process.execPath, [cli, 'report', file, ...args], { cwd: root, encoding: 'utf8', env: cleanEnvironment() });
    const { status, stdout, stderr } = run();
    assert.deepEqual([status, stderr], [0, '']);
    assert.ok(stdout.includes(`leaky-service.js:${lineOf(service, 'leaks')}:`), stdout);
    assert.equal(stripVTControlCharacters(stdout), stdout);
    assert.equal(run('--fail-on', 'leak').status, 1);
    // Which report it was belongs to the file, not to the snapshot.
    const { report, ...values } = snapshot;
    assert.equal(report.program, 'leaky-service.js');
    assert.deepEqual(JSON.parse(run('--format', 'json').stdout), values);
  });

  it('on a terminal it has colours and the width of the terminal', { skip: skipTerminal }, () => {
    const coloured = onTerminal(quoted(process.execPath, cli, 'report', file, '--all'));
    assert.ok(coloured.includes('\u001b['), coloured);
    const lines = stripVTControlCharacters(coloured).split('\n');
    const widest = Math.max(...lines.map((line) => [...line].length));
    assert.ok(widest <= 100 && widest > 80, `${widest} columns:\n${lines.join('\n')}`);
    const plain = onTerminal(quoted(process.execPath, cli, 'report', file, '--all'), { NO_COLOR: '1' });
    assert.equal(plain, stripVTControlCharacters(coloured));
  });
});

describe('LEAKLINE_REPORT=stderr', { skip: skipTerminal }, () => {
  const command = quoted(process.execPath, ...preload, fixture('ends.js'), 'falls off the end');
  const env = { LEAKLINE: 'full', LEAKLINE_REPORT: 'stderr' };

  it('on a terminal has colours and its width', () => {
    const printed = onTerminal(command, env);
    const report = printed.slice(printed.search(/^.*leakline/m));
    assert.ok(report.includes('\u001b['), printed);
    for (const line of stripVTControlCharacters(report).split('\n')) assert.ok([...line].length <= 100, line);
  });

  it('on a terminal with NO_COLOR has none', () => {
    const printed = onTerminal(command, { ...env, NO_COLOR: '1' });
    assert.match(printed, /^leakline /m);
    assert.equal(stripVTControlCharacters(printed), printed);
  });
});
