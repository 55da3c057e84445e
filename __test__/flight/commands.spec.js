'use strict';

// What `leakline top`, `mark`, `diff` and `watch` say of a process that runs, is blocked, or has ended.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { cleanEnvironment, root, runNode, temporaryFolder } = require('../support/run');
const { fileOf, leakline, listed, register, service, startService, until } = require('../support/flight');

const onWindows = process.platform === 'win32' && 'signals are not sent on Windows';
const cli = path.join(root, 'js', 'cli', 'index.js');
const folder = temporaryFolder();
const directory = path.join(folder, 'flights');
const env = { LEAKLINE_DIR: directory };
const running = [];

after(() => running.forEach(({ child }) => child.kill('SIGKILL')));

async function started() {
  const one = startService(directory);
  running.push(one);
  await one.ready;
  await fileOf(one, directory);
  return one;
}

describe('commands on a process that records', { skip: onWindows }, () => {
  let one;

  before(async () => {
    one = await started();
  });

  it('top shows it once where there is no terminal, without colour', async () => {
    const { code, stdout, stderr } = await leakline(['top', String(one.pid)], { env });
    assert.deepEqual([code, stderr], [0, '']);
    const lines = stdout.split('\n');
    assert.match(lines[0], new RegExp(`^leakline top · .*pid ${one.pid} on `));
    assert.match(lines[2], /RSS \d+ MiB · CPU \d+ %/);
    assert.match(stdout, /^VERDICT +LIVE +GROWTH\/H +OLDEST +SITE +LINE/m);
    assert.match(stdout, /listener EventEmitter 'message'/);
    // eslint-disable-next-line no-control-regex -- that is what is looked for
    assert.doesNotMatch(stdout, /\u001B/);
    for (const line of lines) assert.ok(line.length <= 120, line);
    // eslint-disable-next-line no-control-regex -- that is what is looked for
    assert.match((await leakline(['top', '--color', String(one.pid)], { env })).stdout, /\u001B\[1m/);
  });

  it('top sorts, and prints JSON', async () => {
    const { value } = await leakline(['top', '--json', '--sort', 'live', String(one.pid)], { json: true, env });
    assert.deepEqual([value.type, value.runs, value.identity.pid], ['flight', true, one.pid]);
    const live = value.snapshot.sites.map(({ live, size }) => Math.max(live, size?.total ?? 0));
    assert.deepEqual(live, live.toSorted((a, b) => b - a));
    const all = await leakline(['top', '--all', '--json'], { json: true, env });
    assert.deepEqual(all.value.map(({ identity }) => identity.pid), [one.pid]);
    assert.equal((await leakline(['top', '--sort', 'size', String(one.pid)], { env })).code, 2);
  });

  it('mark names a state, and diff shows what was left since', async () => {
    const marked = await leakline(['mark', String(one.pid), 'deploy-42'], { env });
    assert.equal(marked.stderr, '');
    assert.match(marked.stdout, new RegExp(`^marked 'deploy-42' at 20.*: leakline diff ${one.pid} deploy-42\\n$`));
    const compared = await until('it has grown', async () => {
      const { value } = await leakline(['diff', '--format', 'json', String(one.pid), 'deploy-42'], { json: true, env });
      return value.sites.length > 0 && value;
    });
    assert.deepEqual(compared.sites.map(({ change, label }) => ({ change, label })), [{ change: 'grown', label: "EventEmitter 'message'" }]);
    assert.ok(compared.intervalMs > 0);
    assert.match((await leakline(['diff', String(one.pid), 'deploy-43'], { env })).stderr, /there is no mark of that name in it\.\n {2}It has 'deploy-42'/);
    for (const [args, reason] of [[['mark'], /takes a process and a name/], [['mark', String(one.pid), '../x'], /NAME must be a name of 1 to 64 letters/]]) {
      const { code, stderr } = await leakline(args, { env });
      assert.equal(code, 2);
      assert.match(stderr, reason);
    }
  });

  it('all of them answer while its event loop is blocked', async () => {
    one.say('block');
    const shown = await until('top says so', async () => {
      const { stdout } = await leakline(['top', '--once', String(one.pid)], { env });
      return stdout.includes('event loop has not turned') && stdout;
    });
    assert.match(shown, /it runs; its event loop has not turned for \d/);
    assert.equal((await leakline(['mark', String(one.pid), 'blocked'], { env })).code, 0);
    assert.deepEqual((await listed(one.pid, directory)).marks.map(({ name }) => name), ['deploy-42', 'blocked']);
    assert.equal((await leakline(['report', String(one.pid)], { env })).code, 0);
  });

  it('watch reports it once when it has ended', async () => {
    const watching = spawn(process.execPath, [cli, 'watch', '--every', '1', '--json'], { env: { ...cleanEnvironment(), ...env } });
    running.push({ child: watching });
    let stdout = '';
    watching.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    const other = await started();
    one.child.kill('SIGKILL');
    other.child.kill('SIGTERM');
    const lines = await until('both are reported', () => {
      const found = stdout.split('\n').filter(Boolean);
      return found.length >= 2 && found;
    });
    watching.kill('SIGTERM');
    const ends = new Map(lines.map((line) => JSON.parse(line)).map(({ identity, ended }) => [identity.pid, ended.how]));
    assert.equal(ends.get(other.pid), 'signalled');
    assert.match(ends.get(one.pid), /killed/);
    const text = await leakline(['watch', '--once', '--bad', directory]);
    assert.match(text.stdout, new RegExp(`flight file of pid ${one.pid} on [^]*killed`));
    assert.doesNotMatch(text.stdout, new RegExp(`pid ${other.pid} `));
    assert.match((await leakline(['mark', String(one.pid)], { env })).stderr, /it was killed/);
  });
});

describe('a process in another container', { skip: process.platform !== 'linux' ? 'there are no namespaces here' : process.getuid() !== 0 && 'only root may look into it' }, () => {
  it('is seen by its pid here and through its root there, while it runs', async () => {
    // Its own mounts and its own pids: its file lies where nobody else sees it, and it is pid 1 of a few.
    const place = path.join(folder, 'inside');
    fs.mkdirSync(place);
    const script = 'mount -t tmpfs -o mode=700 tmpfs "$1" && shift && exec "$@"';
    const child = spawn('unshare', ['-m', '-p', '-f', '--kill-child', '--mount-proc', 'sh', '-c', script, 'sh', place, process.execPath, '--require', register, service], {
      env: { ...cleanEnvironment(), LEAKLINE: '1', LEAKLINE_REPORT: 'none', LEAKLINE_FLIGHT: place, LEAKLINE_DIR: place, HOSTNAME: 'pod-1' },
    });
    running.push({ child });
    const pid = await until('it runs Node', () => {
      const [inner] = fs.readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
      return inner && fs.realpathSync(`/proc/${inner}/exe`) === fs.realpathSync(process.execPath) && inner;
    });
    await until('its file is there', () => fs.readdirSync(`/proc/${pid}/root${place}`).some((name) => name.endsWith('.lkf')));
    assert.deepEqual(fs.readdirSync(place), [], 'here it is not');
    const { code, stdout, stderr } = await leakline(['top', '--once', pid], { env });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^leakline top · .* on pod-1 /);
    assert.match(stdout, /^it runs/m);
    const all = await leakline(['ps', '--all', '--json'], { json: true, env });
    assert.ok(all.value.some(({ identity, runs }) => identity.host === 'pod-1' && runs));
    child.kill('SIGKILL');
    await until('it is gone', () => !fs.existsSync(`/proc/${pid}/exe`));
    assert.match((await leakline(['top', '--once', pid], { env })).stderr, /there is no such process/);
  });
});

describe('mark() of the package', () => {
  it('names the state, and is refused with a code where it cannot', async () => {
    const program = `const leakline = require('.');
      const code = (call) => { try { call(); } catch (error) { return error.code; } };
      console.log(code(() => leakline.mark('early')));
      leakline.start();
      console.log(code(() => leakline.mark('a b')));
      leakline.mark('late');
      console.log(leakline.snapshot().notes.filter((note) => note.includes('late')).length);`;
    const { stdout, stderr } = await runNode(['-e', program]);
    assert.deepEqual([stdout, stderr], ['ERR_LEAKLINE_NOT_STARTED\nERR_LEAKLINE_OPTION\n1\n', '']);
  });
});
