'use strict';

// Runs `__test__/fixtures/service/random-strings.js` and says what it shows of leakline's own memory.

const path = require('node:path');
const { spawn } = require('node:child_process');
const { cleanEnvironment } = require('../../__test__/support/run');
const { said } = require('../../__test__/support/service-child');

const file = path.join(__dirname, '..', '..', '__test__', 'fixtures', 'service', 'random-strings.js');
const MIB = 2 ** 20;
/** What leakline may hold of its own: 10,000 sites, their texts, the ring. */
const BOUND = 64 * MIB;
/** What it says of itself may be off by so much of what the heap says … */
const OFF = 0.1;
/** … and by so much: what V8 itself keeps of scripts, as it likes. */
const OFF_BYTES = MIB / 2;

/**
 * @param {string} node the program
 * @param {number} seconds 0 for some thousand strings
 * @returns {Promise<object[]>} what it says of itself, look by look
 */
function run(node, seconds, onLook = () => {}) {
  return new Promise((resolve, reject) => {
    // V8 caches what was compiled by its source for as long as it likes.
    const child = spawn(node, ['--no-compilation-cache', file, String(seconds)], { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] });
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
  const [first, last] = [looks[0], looks.at(-1)];
  const mib = (bytes) => `${(bytes / MIB).toFixed(2)} MiB`;
  for (const { bytes, dropped, made } of looks) {
    if (bytes > BOUND) wrong.push(`${mib(bytes)} of its own after ${made} strings, above its bound of ${mib(BOUND)}`);
    if (dropped > 0) wrong.push(`${dropped} records were dropped`);
  }
  const [heap, own] = [last.heap - first.heap, last.bytes - first.bytes];
  if (Math.abs(heap - own) > Math.abs(heap) * OFF + OFF_BYTES) wrong.push(`the heap grew by ${mib(heap)}, and leakline says ${mib(own)} of its own`);
  return wrong;
}

module.exports = { run, wrongIn, MIB };
