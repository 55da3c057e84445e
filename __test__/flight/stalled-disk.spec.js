'use strict';

// A disk that stands still while a service records: the recorder's thread waits for it, and nobody else.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, it } = require('node:test');

const { which } = require('../../.scripts/exec');
const { temporaryFolder } = require('../support/run');
const { fileOf, leakline, listed, startService, until } = require('../support/flight');

const isGlibc = process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime !== undefined;
const skip = !isGlibc ? 'nothing is preloaded here' : which('cc') === null && 'there is no C compiler';
const fixtures = path.join(__dirname, '..', 'fixtures', 'flight');
const folder = temporaryFolder();
let one;

after(() => one?.child.kill('SIGKILL'));

it('neither the event loop nor the collector waits for the disk, and the file is whole after it', { skip }, async () => {
  const directory = path.join(folder, 'flights');
  const stall = path.join(folder, 'stall');
  const library = path.join(folder, 'stall.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, path.join(fixtures, 'stall.c')]);
  one = startService(directory, {
    file: path.join(fixtures, 'counted.js'), env: { LEAKLINE: 'full', LD_PRELOAD: library, LEAKLINE_TEST_STALL: stall },
  });
  await one.ready;
  const file = await fileOf(one, directory);

  fs.writeFileSync(stall, '');
  await until('the recorder waits for the disk', () => fs.existsSync(`${stall}.waits`));
  const before = await listed(one.pid, directory);
  for (let round = 1; round <= 3; round++) {
    one.say('add');
    const counted = await until('the collector has counted', () => {
      const lines = one.printed.stdout.split('\n').slice(1, -1);
      return lines.length === round && JSON.parse(lines.at(-1));
    });
    assert.deepEqual(counted, { added: round * 20_000, live: round * 20_000, dropped: 0 });
  }
  assert.equal((await listed(one.pid, directory)).atUnixMs, before.atUnixMs, 'nothing was written meanwhile');

  fs.rmSync(stall);
  await until('the file has what was counted', async () => {
    const { code, stdout, stderr } = await leakline(['report', '--all', '--format', 'json', file]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout).sites.some(({ label, live }) => label.includes('order') && live === 60_000);
  });
  assert.ok((await listed(one.pid, directory)).historyFromUnixMs <= before.historyFromUnixMs, 'with all of its history');
});
