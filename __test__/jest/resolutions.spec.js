'use strict';

// The types of each entry are found whatever a project's moduleResolution is, also where that reads no `exports`.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');
const { promisify } = require('node:util');

const { exports: exported, typesVersions } = require('../../package.json');
const { versions } = require('../support/jest-versions');

const run = promisify(execFile);
const [{ folder, skip }] = versions(['20']).slice(-1);
const entries = Object.keys(exported).filter((entry) => exported[entry].types !== undefined).map((entry) => entry.slice(2));

const resolutions = {
  node: { module: 'commonjs', moduleResolution: 'node' },
  node16: { module: 'node16', moduleResolution: 'node16' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};

/** Each entry is imported; from some a name is used, so that an empty module is noticed. */
const source = [
  ...entries.map((entry) => `import '${path.posix.join('leakline', entry)}';`),
  "import { check, type CheckResult } from 'leakline';",
  "import { watchPool } from 'leakline/pools';",
  "import { setLeakLevel } from 'leakline/testing';",
  "import { toLeak } from 'leakline/jest';",
  "export const all: [Promise<CheckResult>, ...unknown[]] = [check(() => 1), watchPool, setLeakLevel, toLeak];",
  '// @ts-expect-error: there is no such entry',
  "export { nothing } from 'leakline/nothing';",
].join('\n');

describe('package.json', () => {
  it('names the same types twice: for those who read exports, and for those who do not', () => {
    const named = Object.fromEntries(entries.filter(Boolean).map((entry) => [entry, [exported[`./${entry}`].types.slice(2)]]));
    assert.deepEqual(typesVersions, { '*': named });
  });
});

describe('types are found', { skip }, () => {
  for (const [name, options] of Object.entries(resolutions)) {
    it(`with moduleResolution ${name}`, async () => {
      const project = path.join(folder, `resolution-${name}`);
      fs.mkdirSync(project, { recursive: true });
      fs.writeFileSync(path.join(project, 'use.ts'), source);
      const compilerOptions = { ...options, noEmit: true, strict: true, skipLibCheck: true, types: ['node', 'leakline/jest'], target: 'es2022', ignoreDeprecations: '5.0' };
      fs.writeFileSync(path.join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
      const tsc = path.join(folder, 'node_modules', 'typescript', 'bin', 'tsc');
      await run(process.execPath, [tsc, '-p', project]).catch(({ stdout }) => assert.fail(stdout));
    });
  }
});
