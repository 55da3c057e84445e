'use strict';

// However a service ends, its flight file has its last state and says how it ended as far as that is known.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, describe, it } = require('node:test');

const { temporaryFolder } = require('../support/run');
const { fileOf, filesIn, leakline, listed, service, startService, until } = require('../support/flight');

const onWindows = process.platform === 'win32' && 'signals are not sent on Windows';
const isGlibc = process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime !== undefined;
const hasSymbols = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
const folder = temporaryFolder();
const running = [];

after(() => running.forEach(({ child }) => child.kill('SIGKILL')));

async function started(name, options) {
  const directory = path.join(folder, name);
  const one = startService(directory, options);
  running.push(one);
  await one.ready;
  return { one, directory, file: await fileOf(one, directory) };
}

describe('a flight file', { skip: onWindows, concurrency: true }, () => {
  it('outlives SIGKILL with the leak and its line, at most two seconds before the end', async () => {
    const { one, directory, file } = await started('kill');
    const found = await until('the leak is found', async () => {
      const flight = await listed(one.pid, directory);
      return flight.leaks > 0 && flight;
    });
    assert.equal(found.runs, true);
    await until('a state is written in time', async () => {
      const flight = await listed(one.pid, directory);
      return flight.ageMs < 1_500;
    });
    one.child.kill('SIGKILL');
    await one.ended;
    const killed = Date.now();
    const { stdout, stderr } = await leakline(['report', '--width', '100', file]);
    assert.equal(stderr, '');
    assert.match(stdout, /^flight file of pid \d+ on /);
    assert.match(stdout, /the process was killed without a word|most likely by the kernel's OOM killer/);
    const line = fs.readFileSync(service, 'utf8').split('\n').findIndex((text) => text.includes('bus.on(')) + 1;
    assert.match(stdout, new RegExp(`listener 'message' on EventEmitter[^]*service\\.js:${line}:`));
    const flight = await listed(one.pid, directory);
    assert.equal(flight.runs, false);
    assert.ok(['killed', 'likely-oom-killed'].includes(flight.ended.how), flight.ended.how);
    assert.ok(killed - flight.atUnixMs < 4_000, `the last state is ${killed - flight.atUnixMs} ms old`);
    const back = await leakline(['report', '--at', '-10s', '--format', 'json', file], { json: true });
    const then = back.value.sites.find(({ label }) => label === "EventEmitter 'message'");
    const last = (await leakline(['report', '--format', 'json', file], { json: true })).value.sites.find(({ label }) => label === "EventEmitter 'message'");
    assert.ok(then.live > 0 && then.live < last.live, `${then.live} before ${last.live}`);
    const compared = await leakline(['diff', file, file]);
    assert.match(compared.stdout, /nothing changed/);
  });

  const ends = {
    'an exit code': { say: 'exit', how: 'exited', code: isGlibc ? 3 : null, isBad: isGlibc },
    'an error that nobody caught': { say: 'throw', how: 'exited', code: isGlibc ? 1 : null, isBad: isGlibc },
    'SIGTERM': { signal: 'SIGTERM', how: 'signalled', code: 15, isBad: false },
    'SIGINT while its event loop is blocked': { say: 'block', signal: 'SIGINT', how: 'signalled', code: 2, isBad: false },
  };
  for (const [name, { say, signal, how, code, isBad }] of Object.entries(ends)) {
    it(`says ${name}`, async () => {
      const { one, directory } = await started(name);
      if (say) one.say(say);
      if (say === 'block') await until('it is seen to be blocked', async () => (await listed(one.pid, directory)).vitals.loopSilentMs > 0);
      if (signal) one.child.kill(signal);
      await one.ended;
      const { ended } = await listed(one.pid, directory);
      assert.deepEqual({ how: ended.how, code: ended.code, isBad: ended.isBad }, { how, code, isBad });
    });
  }

  it("says that V8 ran out of heap, and Node writes its report and its heap snapshot", { skip: !hasSymbols }, async () => {
    const reports = path.join(folder, 'reports');
    fs.mkdirSync(reports);
    const { one, directory } = await started('heap', {
      node: ['--max-old-space-size=24', '--report-on-fatalerror', `--report-directory=${reports}`, '--heapsnapshot-near-heap-limit=1', `--diagnostic-dir=${reports}`],
    });
    one.say('fill');
    const { signal, stderr } = await one.ended;
    assert.equal(signal, 'SIGABRT');
    assert.match(stderr, /JavaScript heap out of memory/);
    assert.deepEqual(fs.readdirSync(reports).map((name) => path.extname(name)).toSorted(), ['.heapsnapshot', '.json']);
    const { ended } = await listed(one.pid, directory);
    assert.equal(ended.how, 'heap-out-of-memory');
    assert.match(ended.text, /^ran out of V8's heap: /);
  });

  it('has no end where Node ends a worker alone that runs out of memory', { skip: !hasSymbols }, async () => {
    const { one, directory } = await started('worker');
    one.say('worker');
    await until('the worker has ended', () => one.printed.stdout.includes('ERR_WORKER_OUT_OF_MEMORY'));
    const { runs, ended } = await listed(one.pid, directory);
    assert.deepEqual({ runs, ended, exitCode: one.child.exitCode }, { runs: true, ended: undefined, exitCode: null });
  });

  it('says that a worker ran out of memory where that ends the process', { skip: !hasSymbols }, async () => {
    const { one, directory } = await started('worker at once');
    one.say('workerAtOnce');
    const { signal, stdout, stderr } = await one.ended;
    assert.equal(signal, 'SIGABRT');
    assert.doesNotMatch(stdout, /ERR_WORKER_OUT_OF_MEMORY/);
    assert.match(stderr, /JavaScript heap out of memory/);
    const { ended } = await listed(one.pid, directory);
    assert.equal(ended.how, 'heap-out-of-memory');
    assert.match(ended.text, /^ran out of V8's heap: in worker thread 1: /);
  });

  it('says that recording was stopped', async () => {
    const { one, directory } = await started('stop');
    one.say('stop');
    // The process waits a moment only until that is written.
    await until('it is stopped', async () => one.printed.stdout.includes('stopped') && (await listed(one.pid, directory)).stopped);
    one.child.kill('SIGTERM');
    await one.ended;
    const { ended } = await listed(one.pid, directory);
    assert.equal(ended.how, 'unrecorded');
  });

  it('is spoken of by the next start of the same service, once', async () => {
    const { one, directory } = await started('next');
    one.child.kill('SIGKILL');
    await one.ended;
    const next = startService(directory);
    running.push(next);
    await fileOf(next, directory);
    await until('it says so', () => next.printed.stderr.includes('leakline report'));
    assert.match(next.printed.stderr, new RegExp(`^leakline: the last run of this service \\(pid ${one.pid}, .*killed.*\\n {2}leakline report .*\\.lkf\\n$`));
    const third = startService(directory);
    running.push(third);
    await fileOf(third, directory);
    for (const each of [next, third]) {
      each.child.kill('SIGTERM');
      await each.ended;
    }
    assert.equal(third.printed.stderr, '');
    assert.equal(filesIn(directory).length, 3);
  });
});
