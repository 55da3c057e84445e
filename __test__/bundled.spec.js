'use strict';

// A service is often one file that a bundler made: leakline's JavaScript may be in it.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { ensureProject } = require('../.scripts/projects');
const { fileOf, platforms } = require('../js/base/native');
const { cleanEnvironment } = require('./support/run');

// Vite brings esbuild along.
const { folder, reason } = ensureProject('vitest');

describe('a bundle with leakline in it', { skip: reason }, () => {
  it('starts, records and stops', () => {
    const place = path.join(folder, 'bundled');
    fs.mkdirSync(place, { recursive: true });
    const entry = path.join(place, 'entry.js');
    fs.writeFileSync(entry, `
      const leakline = require(${JSON.stringify(path.resolve(__dirname, '..'))});
      leakline.start({ mode: 'full' });
      const timer = setInterval(() => {}, 1e6);
      const { watchPool } = require(${JSON.stringify(path.resolve(__dirname, '..', 'js', 'api', 'pools'))});
      const { Pool } = require(${JSON.stringify(require.resolve('tarn'))});
      const pool = new Pool({ create: async () => ({}), destroy() {}, min: 0, max: 1 });
      watchPool(pool);
      pool.acquire().promise.then((resource) => {
        const { interval, pool: checkouts } = leakline.snapshot().totals;
        pool.release(resource);
        clearInterval(timer);
        leakline.stop();
        pool.destroy();
        console.log(interval.live, checkouts.live);
      });
    `);
    const { buildSync } = require(path.join(folder, 'node_modules', 'esbuild'));
    const outfile = path.join(place, 'bundle.js');
    buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', external: ['*.node'], logLevel: 'silent' });
    const env = { ...cleanEnvironment(), LEAKLINE_NATIVE_PATH: fileOf(platforms()[0]) };
    assert.equal(execFileSync(process.execPath, [outfile], { env, encoding: 'utf8' }), '2 1\n');
  });
});
