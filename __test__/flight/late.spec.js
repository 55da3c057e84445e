'use strict';

// leakline switched on in processes that run already: by the inspector, or by a signal where it is on standby.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, describe, it } = require('node:test');

const { freePort } = require('../../.scripts/free-port');
const { temporaryFolder } = require('../support/run');
const { leakline, listed, service, startService, until } = require('../support/flight');

const skip = process.platform !== 'linux' && 'what /proc says is asked for';
const esModule = service.replace(/\.js$/, '.mjs');
const folder = temporaryFolder();
const directory = path.join(folder, 'flights');
const env = { LEAKLINE_DIR: directory };
const [major, minor] = process.versions.node.split('.').map(Number);
const running = [];

after(() => running.forEach(({ child }) => child.kill('SIGKILL')));

/** A service without leakline, with an inspector of its own to be opened. */
async function bare({ node = [], ...options } = {}) {
  const port = await freePort();
  const one = startService(directory, { preload: false, node: [`--inspect-port=${port}`, ...node], env: { LEAKLINE: '', LEAKLINE_FLIGHT: '', ...env }, ...options });
  running.push(one);
  await one.ready;
  return { ...one, port };
}

async function isInspected(port) {
  try {
    await fetch(`http://127.0.0.1:${port}/json/list`);
    return true;
  } catch {
    return false;
  }
}

describe('leakline attach', { skip, concurrency: true }, () => {
  const kinds = { 'a CommonJS service': service, 'a service of ES modules': esModule };
  for (const [name, file] of Object.entries(kinds)) {
    it(`records ${name}, finds what leaks, and leaves no inspector open`, async () => {
      const one = await bare({ file });
      const { code, stdout, stderr } = await leakline(['attach', String(one.pid)], { env });
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, new RegExp(`^leakline records process ${one.pid} from now on; its inspector was open for .* and is closed\\.`));
      assert.equal(await isInspected(one.port), false);
      const flight = await until('the leak is found', async () => {
        const found = await listed(one.pid, directory);
        return found.leaks > 0 && found;
      });
      assert.match(flight.identity.attached, /^attached by uid \d+ 20.*; what was made before is not seen$/);
      const { value } = await leakline(['report', '--format', 'json', String(one.pid)], { json: true, env });
      const [leak] = value.sites;
      assert.deepEqual([leak.verdict, leak.label, leak.origin.file], ['leak', "EventEmitter 'message'", file]);
      assert.match((await leakline(['attach', String(one.pid)], { env })).stderr, /it records already\.\n {2}See 'leakline top/);
      const detached = await leakline(['detach', String(one.pid)], { env });
      assert.deepEqual([detached.code, detached.stderr], [0, '']);
      assert.equal(await isInspected(one.port), false);
      assert.equal((await listed(one.pid, directory)).stopped, true);
      assert.match((await leakline(['detach', String(one.pid)], { env })).stderr, /nothing records there/);
    });
  }

  it('records one whose event loop is blocked, with a census of what was there', async () => {
    const one = await bare();
    one.say('block');
    const { code, stdout, stderr } = await leakline(['attach', '--json', '--census', String(one.pid)], { env });
    assert.deepEqual([code, stderr], [0, '']);
    const { file, census } = JSON.parse(stdout);
    assert.ok(fs.existsSync(file));
    assert.ok(census !== undefined);
    assert.equal(await isInspected(one.port), false);
    await until('its file says that it is blocked', async () => (await listed(one.pid, directory)).vitals.loopSilentMs > 0);
  });

  const refused = {
    'no process': [() => 999_999_999, /there is no such process/],
    'no pid': [() => 'web', /attach takes the pid of a process, got 'web'/],
    'what is no Node': [() => {
      const child = spawn('sleep', ['60']);
      running.push({ child });
      return child.pid;
    }, /it runs .*sleep, and no Node/],
    'one that handles SIGUSR1 itself': [async () => (await bare({ node: ['-r', path.join(folder, 'own.js')] })).pid, /its inspector did not open: it handles SIGUSR1 itself/],
    'one under the permission model': [async () => (await bare({ node: [major > 22 ? '--permission' : '--experimental-permission', '--allow-fs-read=*'] })).pid, /Node's permission model/],
    'one with an inspector that somebody uses': [async () => {
      const port = await freePort();
      return (await bare({ node: [`--inspect=${port}`] })).pid;
    }, /an inspector listens on port \d+ already/],
    'one that records': [async () => {
      const one = startService(directory);
      running.push(one);
      await until('it records', () => listed(one.pid, directory));
      return one.pid;
    }, /it records already/],
    ...(major > 22 || (major === 22 && minor >= 14) ? {
      'one without an inspector': [async () => (await bare({ node: ['--disable-sigusr1'] })).pid, /--disable-sigusr1/],
    } : {}),
    ...(process.getuid?.() === 0 ? {
      'another user\'s': [async () => {
        const child = spawn('sleep', ['60'], { uid: 65_534 });
        running.push({ child });
        return child.pid;
      }, /it is of user 65534, and this is user 0: leakline goes into no process of another user/],
      'one in another container': [async () => {
        const child = spawn('unshare', ['-m', process.execPath, '-e', 'setInterval(() => {}, 1000)']);
        running.push({ child });
        await until('it runs Node', () => fs.existsSync(`/proc/${child.pid}/exe`) && fs.realpathSync(`/proc/${child.pid}/exe`) === fs.realpathSync(process.execPath));
        return child.pid;
      }, /it is in another container/],
    } : {}),
  };
  fs.writeFileSync(path.join(folder, 'own.js'), "process.on('SIGUSR1', () => {});");
  for (const [name, [make, reason]] of Object.entries(refused)) {
    it(`refuses ${name}, with the reason`, async () => {
      const pid = await make();
      const { code, stdout, stderr } = await leakline(['attach', String(pid)], { env });
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, reason);
      assert.match(stderr, /\n {2}\S/, 'what to do');
      const one = running.find((each) => each.pid === pid);
      if (one) assert.equal(one.child.exitCode, null, 'it lives on');
    });
  }
});

describe('LEAKLINE=standby', { skip, concurrency: true }, () => {
  async function onStandby(how = {}) {
    const one = startService(directory, { env: { LEAKLINE: 'standby', LEAKLINE_FLIGHT: directory, ...how } });
    running.push(one);
    await one.ready;
    return one;
  }

  it('records when it is asked to, and not before, and is off again', async () => {
    const one = await onStandby();
    assert.ok(!fs.readFileSync(`/proc/${one.pid}/maps`, 'utf8').includes('leakline'), 'no native code is loaded');
    const on = await leakline(['on', String(one.pid)], { env });
    assert.deepEqual([on.code, on.stderr], [0, '']);
    assert.match(on.stdout, new RegExp(`^leakline records process ${one.pid} from now on`));
    await until('it records', async () => (await listed(one.pid, directory))?.runs);
    assert.match((await leakline(['on', String(one.pid)], { env })).stderr, /it records already/);
    const off = await leakline(['off', String(one.pid)], { env });
    assert.deepEqual([off.code, off.stderr], [0, '']);
    assert.match((await leakline(['off', String(one.pid)], { env })).stderr, /nothing records there/);
    assert.equal((await leakline(['on', '--mode', 'full', String(one.pid)], { env })).code, 0);
    assert.equal((await listed(one.pid, directory)).stopped, false);
    one.child.kill('SIGUSR2');
    assert.equal(one.printed.stderr, '');
  });

  it('takes another signal where SIGUSR2 is taken, and says what is none', async () => {
    const one = await onStandby({ LEAKLINE_STANDBY_SIGNAL: 'SIGPWR' });
    assert.equal((await leakline(['on', String(one.pid)], { env })).code, 0);
    const other = await onStandby({ LEAKLINE_STANDBY_SIGNAL: 'SIGUSR1' });
    await until('it says so', () => other.printed.stderr !== '');
    assert.match(other.printed.stderr, /^leakline: LEAKLINE_STANDBY_SIGNAL must be a signal that can be caught, and not SIGUSR1/);
    assert.match((await leakline(['on', String(other.pid)], { env })).stderr, /leakline is not on standby there/);
  });

  // Node's own way to make a folder with those around it never returns here, in Node 20 to 24.
  it('stays off where its directory cannot be made, and the service goes on', { skip: process.platform !== 'linux' }, async () => {
    const one = await onStandby({ LEAKLINE_FLIGHT: '/proc/nowhere/leakline' });
    await until('it says so', () => one.printed.stderr !== '');
    assert.match(one.printed.stderr, /^leakline: ENOENT: .*\/proc\/nowhere.*; leakline stays off$/m);
  });
});
