'use strict';

// TypeScript that is transformed in memory, in a running service: as tsx (a map that Node follows), ts-node and swc-node
// (source-map-support) do it.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { root, runNode, temporaryFolder } = require('../support/run');
const { lineOf } = require('../support/recording');

const fixtures = path.join(root, '__test__', 'fixtures', 'source-maps');
const program = path.join(fixtures, 'piled.ts');
const folder = temporaryFolder();

async function origin(way) {
  const report = path.join(folder, `${way}.json`);
  const env = { LEAKLINE: 'full', LEAKLINE_REPORT: report };
  const { code, stderr } = await runNode(['--require', path.join(root, 'js', 'register.js'), path.join(fixtures, 'in-memory.js'), way], { env });
  assert.equal(code, 0, stderr);
  const { sites, notes } = JSON.parse(fs.readFileSync(report, 'utf8'));
  return { ...sites.find(({ label }) => label.includes("'piled'")).origin, notes };
}

describe('the line of transformed TypeScript is right in a service where lines are known', () => {
  for (const way of ['node', 'support']) {
    it(`by ${way === 'node' ? 'a map that Node follows' : 'source-map-support'}`, async () => {
      const { file, line } = await origin(way);
      assert.deepEqual([file, line], [program, lineOf(program, 'piled')]);
    });
  }

  it('and where nobody knows them a note says so', { skip: process.features.typescript && 'Node strips types itself' }, async () => {
    const { file, line, notes } = await origin('none');
    assert.deepEqual([file, line], [program, 1]);
    assert.match(notes.join('\n'), /TypeScript was transformed .* no source map of it is known/);
  });
});
