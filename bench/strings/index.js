'use strict';

// Runs `__test__/fixtures/service/random-strings.js` and says what it shows of leakline's own memory.

const path = require('node:path');
const { spawn } = require('node:child_process');
const { cleanEnvironment } = require('../../__test__/support/run');
const { said } = require('../../__test__/support/service-child');
const own = require('./own-memory');

const file = path.join(__dirname, '..', '..', '__test__', 'fixtures', 'service', 'random-strings.js');
const MIB = 2 ** 20;
/** What leakline may hold of its own: 10,000 sites, their texts, the ring. */
const BOUND = 64 * MIB;
/** Length of the longest strings, as a power of two: 1 MB; and 64 KB where heaps are compared, since V8 keeps some of them for later. */
const [LONGEST, COMPARED] = [20, 16];

/**
 * What a process says of itself, look by look, that makes strings of up to 1 MB.
 * @param {string} node the program
 * @param {number} seconds 0 for some thousand strings
 * @returns {Promise<object[]>}
 */
function run(node, seconds, onLook) {
  return go(node, [LONGEST, seconds], {}, onLook);
}

/**
 * The same of strings of up to 64 KB, and what another process says that makes the same strings without leakline.
 * @param {string} node the program
 * @param {string} addon see `buildMallocAddon`
 * @param {number} seconds 0 for some thousand strings
 * @returns {Promise<{ looks: object[], bare: object[] }>}
 */
async function compare(node, addon, seconds) {
  const looks = await go(node, [COMPARED, seconds], { MALLOC_ADDON: addon });
  return { looks, bare: await go(node, [COMPARED, 'bare', ...looks.map(({ made }) => made)], { MALLOC_ADDON: addon }) };
}

function go(node, args, env, onLook = () => {}) {
  return new Promise((resolve, reject) => {
    // V8 caches what was compiled by its source for as long as it likes.
    const child = spawn(node, ['--no-compilation-cache', file, ...args.map(String)], { env: { ...cleanEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
      said(chunk).forEach(onLook);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => (code === 0 ? resolve(said(stdout)) : reject(new Error(`it ended with ${signal ?? code}`))));
  });
}

/** What is wrong with the looks of a run. */
function wrongIn(looks) {
  const wrong = [];
  for (const { bytes, dropped, made } of looks) {
    if (bytes > BOUND) wrong.push(`${mib(bytes)} of its own after ${made} strings, above its bound of ${mib(BOUND)}`);
    if (dropped > 0) wrong.push(`${dropped} records were dropped`);
  }
  return wrong;
}

/** What is wrong with what it says of strings that two processes have made; null for nothing. */
function wrongBeside({ looks, bare }) {
  const of = (look) => ({ heap: looks.at(look).heap - bare.at(look).heap, malloc: looks.at(look).malloc - bare.at(look).malloc, claim: looks.at(look).bytes });
  return own.wrongIn('names of up to 64 KB', own.growth(of(0), of(-1)), own.OFF_BYTES_OF_SCRIPTS);
}

const mib = (bytes) => `${(bytes / MIB).toFixed(2)} MiB`;

module.exports = { compare, run, wrongBeside, wrongIn, MIB };
