'use strict';

// npm run kernel: what only a real kernel does to a service, in User-Mode Linux, an own kernel in a process of this user.
// Services that leak are ended by its out-of-memory killer, each in a cgroup of its own: each flight file has to name the
// leaking line and how the process ended. And the disk of a flight file stands still for three seconds: neither the collector
// nor the event loop waits for it, and the file is whole afterwards. Ends with 1 when anything is wrong.
// Linux x64; Debian's packages user-mode-linux, busybox-static and e2fsprogs are installed when missing.
//
//   npm run kernel -- --kills 20        so many services; 20 unless said otherwise, 0 for the disk alone
//   npm run kernel -- --beside 10       of them at one time
//   npm run kernel -- --limit 220       MiB that each may have
//   npm run kernel -- --node 24         a major of Node, this machine's unless said otherwise
//   npm run kernel -- --no-stall        without the disk

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { ensureAddon, ensureKernel } = require('./ensure');
const { root, run, script } = require('./exec');
const { wrongInKills, wrongInStall } = require('./kernel/wrong');
const { nodeOf } = require('./nodes');
const { aboveZero, readUsage } = require('./usage');

const values = readUsage(__filename, {
  kills: { type: 'string', default: '20' },
  beside: { type: 'string', default: '10' },
  limit: { type: 'string', default: '220' },
  node: { type: 'string', default: process.versions.node.split('.', 1)[0] },
  'no-stall': { type: 'boolean', default: false },
});

script(async () => {
  if (!/^\d+$/.test(values.kills)) throw new Error(`--kills must be a whole number of at least 0, got '${values.kills}'`);
  const kills = Number(values.kills);
  const beside = Math.min(kills, aboveZero('beside', values.beside));
  const limit = aboveZero('limit', values.limit);
  const kernel = ensureKernel();
  if (kernel.reason !== undefined) throw new Error(kernel.reason);
  ensureAddon();
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakline-')));
  const stall = !values['no-stall'];
  const disk = path.join(folder, 'disk.img');
  if (stall) {
    fs.writeFileSync(disk, '');
    fs.truncateSync(disk, 64 << 20);
    run('mkfs.ext4', ['-q', disk]);
  }
  const given = {
    BOX: kernel.box,
    OUT: folder,
    NODE: nodeOf(values.node),
    ROOT: root,
    COUNT: kills,
    BESIDE: beside,
    LIMIT: `${limit}M`,
    ...(stall && { STALL: 1, ubd0: disk }),
  };
  console.log(`${kills} services with ${limit} MiB each, ${beside} at a time, on Node ${values.node}`);
  await boot(kernel.file, beside * (limit + 32) + 512, given, folder);
  const wrong = [...(kills > 0 ? await wrongInKills(folder, kills) : []), ...(stall ? await wrongInStall(folder) : [])];
  for (const line of wrong) console.error(`wrong: ${line}`);
  if (wrong.length > 0) throw new Error(`${wrong.length} wrong; what was left is in ${folder}`);
  fs.rmSync(folder, { recursive: true });
  console.log('nothing wrong');
});

/** Runs until the first process of the other kernel powers it off; shows its log as it grows. */
async function boot(file, memoryMib, given, folder) {
  const words = Object.entries(given).map(([name, value]) => `${name}=${value}`);
  const args = ['rootfstype=hostfs', 'rootflags=/', 'ro', `mem=${memoryMib}M`, `init=${path.join(__dirname, 'kernel', 'init.sh')}`, 'con=null', 'con0=null,fd:1', ...words];
  const out = fs.openSync(path.join(folder, 'boot'), 'w');
  const child = spawn(file, args, { stdio: ['ignore', out, out], env: { ...process.env, TMPDIR: folder } });
  const log = path.join(folder, 'log');
  const read = () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '');
  let shown = 0;
  const timer = setInterval(() => {
    const text = read();
    process.stdout.write(text.slice(shown));
    shown = text.length;
  }, 1_000);
  await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
  clearInterval(timer);
  fs.closeSync(out);
  if (!/^done /m.test(read())) throw new Error(`the kernel ended before its work: see ${path.join(folder, 'boot')}`);
}
