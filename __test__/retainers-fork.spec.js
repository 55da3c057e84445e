'use strict';

// LEAKLINE_FORK=1: the look is a forked process's. LEAKLINE_LONG=1 takes 25 of them.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { platforms } = require('../js/base/native');
const { inChild } = require('./support/child');

const isHere = platforms()[0] === 'linux-x64-gnu';
const skip = !isHere && 'on Linux x64 with glibc alone';
const times = process.env.LEAKLINE_LONG === '1' ? 25 : 2;
const env = { LEAKLINE_FORK: '1' };

describe('LEAKLINE_FORK=1', { skip }, () => {
  it(`${times} of ${times} looks are answered, and the service goes on`, async () => {
    const { value, stderr } = await inChild('heap/forks.js', { args: [String(times)], env });
    for (const { count, held, forked } of value.found) {
      assert.deepEqual({ count, held, forked }, { count: value.kept, held: 'module __test__/fixtures/heap/forks.js › kept: Array › [i]: Kept', forked: true });
    }
    assert.equal(value.found.length, times);
    // Its descriptors, its output, and no child is left.
    assert.deepEqual([value.after, value.left, stderr], [true, 0, '']);
    assert.ok(value.aliveAtClose > 0, 'a connection was closed while a child lived');
  });

  for (const fate of ['SIGKILL', 'SIGSEGV']) {
    it(`children that end by ${fate} cost an error with a code`, async () => {
      const { value, stderr } = await inChild('heap/forks.js', { args: ['1', '0', fate], env });
      const [{ code, message }] = value.found;
      assert.equal(code, 'ERR_LEAKLINE_RETAINERS');
      assert.match(message, /5 forked processes gave no answer; of the last: it (was killed|ended by signal 11)/);
      assert.deepEqual([value.after, value.left, stderr], [true, 0, '']);
    });
  }

  it('children that hang are ended', { skip: process.env.LEAKLINE_LONG !== '1' && 'LEAKLINE_LONG=1 runs it' }, async () => {
    const { value } = await inChild('heap/forks.js', { args: ['1', '0', 'SIGSTOP'], env });
    assert.match(value.found[0].message, /of the last: it waited for a thread that is not there/);
    assert.equal(value.left, 0);
  });

  it('is off unless it is asked for', async () => {
    const { value } = await inChild('heap/forks.js', { args: ['1'] });
    assert.equal(value.found[0].code, 'ERR_LEAKLINE_PAUSE');
  });
});
