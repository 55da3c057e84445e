'use strict';

// How much of the addon's code is resident in a process that records: little, since what is called lies side by side.

const assert = require('node:assert');
const { test } = require('node:test');

const { platforms } = require('../js/base/native');
const { runNode } = require('./support/run');

/** Scattered over the addon it made four fifths of it resident. */
const AT_MOST = 0.4;
/** That the first states are written, and the first verdicts found. */
const LOOKS_MS = 3_000;

const program = `
  require('./js/index.js').start({ mode: 'adaptive' });
  setTimeout(() => {
    const areas = require('node:fs').readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
    const code = areas.filter((area) => /^\\S+ r-xp .*leakline.*\\.node$/m.test(area));
    const sum = (name) => code.reduce((total, area) => total + Number(new RegExp('^' + name + ': +(\\\\d+)', 'm').exec(area)[1]), 0);
    console.log(JSON.stringify({ size: sum('Size'), resident: sum('Rss') }));
    process.exit();
  }, ${LOOKS_MS});
`;

test('of the code of the addon little is resident', { skip: platforms()[0] !== 'linux-x64-gnu' && 'ordered on Linux x64 with glibc' }, async () => {
  const { code, stdout, stderr } = await runNode(['-e', program]);
  assert.strictEqual(code, 0, stderr);
  const { size, resident } = JSON.parse(stdout);
  assert.ok(size > 0 && resident > 0, stdout);
  assert.ok(resident < size * AT_MOST, `${resident} of ${size} KiB; was the addon built by 'npm run build', and src/text-order.ld by 'npm run order'?`);
});
