'use strict';

// Each benchmark with the smallest numbers: it runs, and its tables have every row, with figures that can be.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { isFirstNode } = require('./support/first-node');
const { root, runNode, temporaryFolder } = require('./support/run');

// What fixed rates need is not there on Windows.
const isRateless = process.platform === 'win32';
const service = (name) => ({
  args: ['service', '--only', name, '--modes', 'full'],
  tables: [
    { rows: ['bare', 'full'], cell: /^([\d.]+ µs|[\d.]+×|[\d.]+–[\d.]+|[\d,]+|\d+ MiB)$/ },
    // On a busy machine the rate may not be held.
    { rows: ['bare', 'full'], cell: /^([\d.]+ µs|[\d.]+×|[\d.]+ ms|–|saturated at [\d,]+\/s|held in 0 of 1 rounds)$/ },
  ].slice(0, isRateless ? 1 : 2),
});
const ns = { rows: ['new Map', 'new Map, after an await'], cell: /^\d+ ns( \([\d.]+×\))?$/ };
/** By benchmark: what it is given, and its tables, each as the labels of its rows and what the other cells look like. */
const benchmarks = {
  'service, express': service('express'),
  'service, fastify': { ...service('fastify'), skipped: /^fastify: skipped, .+/m },
  'service, backends': { ...service('backends'), skipped: /^backends: skipped, .+/m },
  operations: {
    args: ['operations', '--only', 'new Map'],
    tables: [ns, ns, { rows: ['new Map, 1 million a second'], cell: /^[\d.]+ %( \([\d.]+×\)|, [\d,]+\/s: not held)?$/ }],
  },
  snapshot: { args: ['snapshot'], tables: [{ rows: ['1,000', '10,000'], cell: /^(100|[\d.]+ ms|[1-9]\d* B)$/ }] },
  memory: {
    args: ['memory', '--only', 'timeout', '--modes', 'full'],
    tables: [{ rows: ['timeout'], cell: /^(1,000|full|-?[\d.]+ B)$/ }],
  },
  startup: { args: ['startup'], tables: [{ rows: ['bare', 'unset', 'counts', 'adaptive', 'full'], cell: /^(-?[\d.]+ ms|[\d.]+×)$/ }] },
  delay: { args: ['delay'], tables: [{ rows: ['bare', 'counts', 'adaptive', 'full'], cell: /^([\d,]+|\d+ %|[\d.]+ ms|[\d.]+×)$/ }] },
  caches: {
    args: ['caches', '--modes', 'full'],
    skipped: /^caches: skipped, .+/m,
    // Node takes seconds to start under valgrind, four times.
    isSlow: true,
    // With few requests what V8 compiles meanwhile decides: the longer run may take less.
    tables: [{ rows: ['bare', 'full'], cell: /^(-?[\d,]+|-?[\d.]+×)$/ }],
  },
  census: { args: ['census'], tables: [{ rows: [/^\d+ MB$/], cell: /^([1-9][\d,]*|\d+ ms|\d+ MB)$/ }] },
};

describe('npm run bench', { concurrency: true }, () => {
  for (const [name, { args, tables, skipped, isSlow }] of Object.entries(benchmarks)) {
    if (isSlow && !isFirstNode) continue;
    it(`${name}: its tables are whole`, async (t) => {
      const out = path.join(temporaryFolder(), 'results.md');
      const { code, stdout, stderr } = await runNode(['.scripts/bench.js', ...args, '--quick', '--out', out]);
      assert.equal(code, 0, stderr);
      assert.ok(stdout.includes(`Node ${process.version}, `), stdout);
      assert.equal(fs.readFileSync(out, 'utf8').trim(), stdout.trim());
      if (skipped?.test(stdout)) return t.skip(skipped.exec(stdout)[0]);
      const found = tablesOf(stdout);
      assert.equal(found.length, tables.length, stdout);
      tables.forEach(({ rows, cell }, i) => check(found[i], rows, cell));
    });
  }

  it('every benchmark is tried here', () => {
    const all = fs.readdirSync(path.join(root, 'bench')).filter((file) => file.endsWith('.js')).map((file) => path.basename(file, '.js'));
    assert.deepEqual([...new Set(Object.values(benchmarks).map(({ args: [name] }) => name))].sort(), all.sort());
  });

  it('says what it does not know', async () => {
    const { code, stderr } = await runNode(['.scripts/bench.js', 'nothing-like-it']);
    assert.equal(code, 1);
    assert.match(stderr, /no such benchmark: nothing-like-it; there are .*service/);
    const { stderr: modes } = await runNode(['.scripts/bench.js', 'startup', '--quick', '--modes', 'half']);
    assert.match(modes, /--modes: no such one: half; there are bare, unset, counts, adaptive, full/);
  });
});

/** The rows of each Markdown table, the head left out. */
function tablesOf(text) {
  const tables = text.split('\n\n').filter((part) => part.startsWith('| '));
  return tables.map((part) => part.trim().split('\n').slice(2).map((line) => line.split('|').slice(1, -1).map((each) => each.trim())));
}

function check(table, rows, cell) {
  assert.equal(table.length, rows.length, JSON.stringify(table));
  table.forEach(([label, ...cells], i) => {
    if (rows[i] instanceof RegExp) assert.match(label, rows[i]);
    else assert.equal(label, rows[i]);
    assert.ok(cells.length > 0, `the row ${label} has no figure`);
    for (const text of cells) assert.match(text, cell, `'${text}' in the row ${label}`);
  });
}
