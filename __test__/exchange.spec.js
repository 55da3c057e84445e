'use strict';

// SARIF and Code Climate's list, held against what their readers ask for, whatever is in labels and paths.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { ensurePackages } = require('../.scripts/projects');
const leakline = require('..');
const { root, runNode, temporaryFolder } = require('./support/run');
const { checkResult, site, snapshot } = require('./support/values');

const cli = path.join(root, 'js', 'cli', 'index.js');
const long = 10_000;
const hostile = `</script><script>alert(1)</script>"'\u001B[31m\u202E|\`${'x'.repeat(long)}`;
const frame = (file, line = 3) => ({ function: hostile, file, line, column: 9 });
const at = (file, fields = {}) => site({ label: hostile, origin: frame(file), stack: [frame(file), frame('/app/src/a.js')], ...fields });

const values = {
  'a snapshot': snapshot([
    at(path.join(process.cwd(), 'src', 'a b.js')),
    at(`/srv/${hostile}.js`, { fingerprint: '00000000000000ab', verdict: 'suspect' }),
    at('/app/node_modules/pg/lib/client.js', { fingerprint: '00000000000000ac' }),
    at('C:\\app\\src\\x.js', { fingerprint: '00000000000000ad', thread: 1 }),
    // The same stack in another thread.
    at('C:\\app\\src\\x.js', { fingerprint: '00000000000000ad', thread: 2 }),
  ]),
  'a check': checkResult(),
  'a snapshot without findings': snapshot([]),
};

describe('the Code Climate list', () => {
  for (const [name, value] of Object.entries(values)) {
    it(`is as GitLab asks for, of ${name}`, () => {
      const issues = JSON.parse(leakline.report(value, { format: 'codeclimate' }));
      assert.ok(Array.isArray(issues));
      assert.equal(issues.length, name === 'a snapshot' ? 4 : name === 'a check' ? 1 : 0);
      for (const { description, check_name: check, fingerprint, severity, location } of issues) {
        for (const text of [description, check, fingerprint, location.path]) assert.ok(typeof text === 'string' && text !== '');
        assert.ok(['info', 'minor', 'major', 'critical', 'blocker'].includes(severity), severity);
        // Relative to the repository, and without a ./ in front.
        assert.doesNotMatch(location.path, /^(\/|\.\.?\/|[A-Za-z]:|file:)|\\/);
        assert.ok(Number.isInteger(location.lines.begin) && location.lines.begin > 0);
      }
      const fingerprints = issues.map(({ fingerprint }) => fingerprint);
      assert.equal(new Set(fingerprints).size, fingerprints.length, 'each fingerprint once');
    });
  }
});

describe('SARIF', { skip: !process.env.LEAKLINE_LONG && 'with LEAKLINE_LONG' }, () => {
  it('is valid against the schema of version 2.1.0', () => {
    const folder = ensurePackages('sarif', { '@microsoft/jest-sarif': '1.0.0-beta.0' });
    const schema = JSON.parse(fs.readFileSync(path.join(folder, 'node_modules', '@microsoft', 'jest-sarif', 'lib', 'schemas', 'sarif-2.1.0-rtm.5.json'), 'utf8'));
    const Ajv = require(path.join(folder, 'node_modules', 'ajv'));
    const ajv = new Ajv({ schemaId: 'auto', unknownFormats: 'ignore', unicode: false, logger: false });
    ajv.addMetaSchema(require(path.join(folder, 'node_modules', 'ajv', 'lib', 'refs', 'json-schema-draft-04.json')));
    const isValid = ajv.compile(schema);
    for (const [name, value] of Object.entries(values)) {
      const log = JSON.parse(leakline.report(value, { format: 'sarif' }));
      assert.ok(isValid(log), `${name}: ${JSON.stringify(isValid.errors, null, 2)}`);
      assert.equal(log.runs[0].results.length, { 'a snapshot': 5, 'a check': 1 }[name] ?? 0);
    }
    assert.equal(isValid({ version: '2.1.0', runs: [{ tool: { driver: {} }, results: [] }] }), false, 'the schema refuses what is none');
  });
});

describe('labels and paths with scripts, quotes, codes of a terminal and ten thousand characters', () => {
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  const hasCodes = (text) => /[\u001B\u202E]/.test(text);
  const value = values['a snapshot'];

  for (const format of ['html', 'prometheus', 'openmetrics']) {
    it(`harm nobody in ${format}`, () => {
      const text = leakline.report(value, { format });
      assert.ok(!hasCodes(text) && text.length < 5 * long, `${text.length} characters`);
      if (format === 'html') assert.doesNotMatch(text, /<script/);
    });
  }

  for (const format of ['json', 'sarif', 'codeclimate']) {
    it(`are whole in ${format}`, () => {
      const text = leakline.report(value, { format });
      // eslint-disable-next-line no-control-regex -- that is what is looked for
      assert.doesNotMatch(text, /\u001B/);
      JSON.parse(text);
    });
  }

  it('do not reach a terminal', async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'r.json'), JSON.stringify(value));
    const { code, stdout, stderr } = await runNode([cli, 'report', '--all', 'r.json'], { cwd: folder });
    assert.equal(code, 0, stderr);
    assert.ok(!hasCodes(stdout + stderr) && stdout.length < 5 * long, `${stdout.length} characters`);
  });
});
