'use strict';

// The matchers are known to TypeScript, whether expect is imported or a global.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { versions } = require('../support/jest-versions');

const use = `
  test('types', async () => {
    await expect(() => 1).not.toLeak({ warmup: 1, kinds: ['map'] });
    await expect(() => 1).toLeak({ kind: 'map', perIteration: 1 });
    expect({}).toHaveNoLeaks();
    // @ts-expect-error: a number is wanted
    await expect(() => 1).toLeak({ perIteration: 'one' });
  });
`;

for (const { name, folder: project, skip } of versions(['20'])) {
  describe(`types under ${name}`, { skip }, () => {
    it('expect from @jest/globals', () => {
      compile(project, `import 'leakline/jest/globals';\nimport { expect, test } from '@jest/globals';\nimport { setLeakLevel } from 'leakline/testing';\nsetLeakLevel('report');\n${use}`);
    });

    it('what is passed to expect.extend', () => {
      compile(project, "import { expect } from '@jest/globals';\nimport { toLeak, toHaveNoLeaks } from 'leakline/jest';\nexpect.extend({ toLeak, toHaveNoLeaks });\n");
    });
  });
}

function compile(project, source) {
  const folder = path.join(project, 'types');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'use.ts'), source);
  const tsc = path.join(project, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'node16', '--moduleResolution', 'node16', '--types', 'node', '--target', 'es2022'];
  try {
    execFileSync(process.execPath, [tsc, ...options, 'use.ts'], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    assert.fail(error.stdout);
  }
}
