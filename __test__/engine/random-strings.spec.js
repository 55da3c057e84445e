'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { compare, run, wrongBeside, wrongIn, MIB } = require('../../bench/strings');
const { buildMallocAddon } = require('../../bench/strings/own-memory');

const SECONDS = process.env.LEAKLINE_LONG ? 600 : 0;

describe('names, labels, delays and paths of up to 1 MB', { concurrency: 2 }, () => {
  it('leave leakline within its bounds', async () => {
    const looks = await run(process.execPath, SECONDS);
    assert.equal(looks.length, 5);
    assert.ok(looks.at(-1).made > 3_000, JSON.stringify(looks));
    assert.deepEqual(wrongIn(looks), [], JSON.stringify(looks));
  });

  const addon = buildMallocAddon();
  it('are in what leakline says of its own memory', { skip: addon === null && 'reads the books of glibc, by an addon that a C compiler builds' }, async () => {
    const { looks, bare } = await compare(process.execPath, addon, SECONDS);
    assert.deepEqual(bare.map(({ made }) => made), looks.map(({ made }) => made));
    assert.equal(wrongBeside({ looks, bare }), null, JSON.stringify({ looks, bare }));
  });

  it('what is wrong is seen', () => {
    const look = { heap: 5 * MIB, malloc: 2 * MIB, bytes: 2 * MIB, dropped: 0, made: 1 };
    const beside = (more) => wrongBeside({ looks: [look, { ...look, ...more }], bare: [look, look] });
    assert.equal(beside({ heap: 10 * MIB }), 'names of up to 64 KB: the heaps have 5120 KiB for leakline, which says 0 KiB');
    assert.match(beside({ malloc: 4 * MIB }), /have 2048 KiB/);
    assert.match(beside({ bytes: 4 * MIB }), /says 2048 KiB/);
    assert.equal(beside({ heap: 15 * MIB, malloc: 10 * MIB, bytes: 19 * MIB }), null);
    assert.match(wrongIn([look, { ...look, bytes: 100 * MIB }])[0], /^100\.00 MiB of its own after 1 strings, above its bound of 64\.00 MiB/);
    assert.deepEqual(wrongIn([{ ...look, dropped: 1 }]), ['1 records were dropped']);
  });
});
