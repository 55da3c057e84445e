'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { lineOf } = require('../support/recording');
const { inChild } = require('../support/child');
const { register } = require('../support/service-child');
const { root, runNode, temporaryFolder } = require('../support/run');

const fixtures = path.join(root, '__test__', 'fixtures', 'source-maps');
const written = path.join(fixtures, 'leaky.ts');
const bundle = path.join(fixtures, 'bundle', 'leaky.min.js');
const lines = { listener: lineOf(written, 'subscribe'), map: lineOf(written, 'seen') };
const columns = { listener: 14, map: 45 };

const temporary = temporaryFolder();
let builds = 0;

/** Most of a check is waiting. */
const concurrency = 4;

/** Copies the fixture to a folder of its own and builds it with tsc. Returns the folder, the source and what was built. */
function built(flag, { source: name = 'leaky.ts' } = {}) {
  const folder = path.join(temporary, String(++builds));
  const source = path.join(folder, 'src', name);
  fs.mkdirSync(path.dirname(source), { recursive: true });
  fs.copyFileSync(written, source);
  // Nothing is checked: types of Node would have to be found, and what is built stays the same.
  execFileSync(process.execPath, [
    path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--ignoreConfig', '--noCheck', '--types', '',
    '--target', 'es2020', '--module', 'nodenext', flag, '--rootDir', 'src', '--outDir', 'dist', source,
  ], { cwd: folder, stdio: 'inherit' });
  return { folder, source, file: path.join(folder, 'dist', name.replace('ts', 'js')) };
}

/** What check() and snapshot() say of a built fixture. */
async function looked(file, { mapped, ...options } = {}) {
  const args = mapped === undefined ? [file] : [file, JSON.stringify(mapped)];
  const { value } = await inChild(path.join('source-maps', 'checks.js'), { args, ...options });
  return value;
}

/** The places of the fixture's two leaks, as `{ listener: 'file:line:column', map: … }`. */
function places(leaks) {
  return Object.fromEntries(leaks.map(({ kind, origin: { file, line, column } }) => [kind, `${file}:${line}:${column}`]));
}

/** Where a text of a file is, as V8 counts. */
function placeOf(file, text) {
  const all = fs.readFileSync(file, 'utf8').split('\n');
  const line = all.findIndex((each) => each.includes(text));
  return { file, line: line + 1, column: all[line].indexOf(text) + 1 };
}

function placesIn(file) {
  return Object.fromEntries(Object.entries(lines).map(([kind, line]) => [kind, `${file}:${line}:${columns[kind]}`]));
}

function assertNames(file, { result, snapshot }) {
  assert.deepEqual(places(result.leaks), placesIn(file));
  const ours = snapshot.sites.filter(({ kind, origin }) => origin?.file === file && origin.line === lines[kind]);
  assert.deepEqual(places(ours), placesIn(file));
}

describe('a leak is named by the line that was written', { concurrency }, () => {
  const kinds = [
    ['CommonJS with maps beside it', '--sourceMap', {}],
    ['CommonJS with maps in it', '--inlineSourceMap', {}],
    ['ES modules with maps beside them', '--sourceMap', { source: 'leaky.mts' }],
    ['ES modules with maps in them', '--inlineSourceMap', { source: 'leaky.mts' }],
  ];
  for (const [name, flag, options] of kinds) {
    it(name, async () => {
      const { source, file } = built(flag, options);
      const said = await looked(file);
      assertNames(source, said);
      assert.deepEqual(said.snapshot.notes, []);
    });
  }

  it('a bundle that esbuild minified', async () => {
    assertNames(written, await looked(bundle));
  });

  it('with --enable-source-maps, by which Node follows maps itself', async () => {
    const { source, file } = built('--sourceMap');
    assertNames(source, await looked(file, { execArgv: ['--enable-source-maps'] }));
    assertNames(written, await looked(bundle, { execArgv: ['--enable-source-maps'] }));
  });

  it('with the lines around it, in the message of check()', async () => {
    const { source, file } = built('--sourceMap');
    const { result } = await looked(file);
    assert.ok(result.message.includes(`${source}:${lines.listener}:14  subscribe `), result.message);
    assert.ok(result.message.includes(`▸ ${lines.listener} │     this.bus.on('job', listener);`), result.message);
    assert.ok(result.message.includes(`${source}:${lines.map}:45  new Queue `), result.message);
    // A holder is a module, which is the file that was loaded; no position in it is shown.
    assert.ok(!result.message.includes(`${file}:`), result.message);
  });

  it('in a report at the end, and when another process lays it out', async () => {
    const { folder, source, file } = built('--sourceMap');
    const report = path.join(folder, 'report.json');
    const program = path.join(folder, 'program.js');
    fs.writeFileSync(program, `const { leak } = require(${JSON.stringify(file)});\nfor (let n = 0; n < 20; n++) leak();\n`);
    const { code, stderr } = await runNode(['--require', register, program], { env: { LEAKLINE: 'full', LEAKLINE_REPORT: report } });
    assert.deepEqual([code, stderr], [0, '']);
    const { sites } = JSON.parse(fs.readFileSync(report, 'utf8'));
    const site = sites.find(({ kind, origin }) => kind === 'listener' && origin.file === source);
    assert.deepEqual([site.origin.line, site.origin.column, site.stack.at(-1).file.startsWith('node:')], [lines.listener, 14, true]);
    const { stdout } = await runNode([path.join(root, 'js', 'cli', 'index.js'), 'report', report, '--all']);
    assert.ok(stdout.includes(`leaky.ts:${lines.listener}:14`), stdout);
  });
});

describe('a map that is not there', { concurrency }, () => {
  const said = /^a source map could not be read: /;

  it('costs the mapping and one note', async () => {
    const { file } = built('--sourceMap');
    fs.rmSync(`${file}.map`);
    const { result, snapshot } = await looked(file);
    assert.deepEqual([...new Set(result.leaks.map(({ origin }) => origin.file))], [file]);
    for (const notes of [result.notes, snapshot.notes]) {
      assert.equal(notes.filter((note) => said.test(note) && note.includes('leaky.js.map')).length, 1, notes.join('\n'));
    }
    const { line } = placeOf(file, "on('job'");
    assert.ok(result.message.includes(`▸ ${line} │         this.bus.on('job', listener);`), result.message);
  });

  it('is as one that is broken', async () => {
    const { file } = built('--sourceMap');
    fs.writeFileSync(`${file}.map`, fs.readFileSync(`${file}.map`, 'utf8').slice(0, 200));
    const { result } = await looked(file);
    assert.deepEqual([...new Set(result.leaks.map(({ origin }) => origin.file))], [file]);
    assert.deepEqual(result.notes.map((note) => said.test(note)), [true]);
  });

  it('is not missed where none is named', async () => {
    const { file } = built('--sourceMap');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/^\/\/# .*/m, ''));
    const { result } = await looked(file);
    assert.deepEqual([...new Set(result.leaks.map(({ origin }) => origin.file))], [file]);
    assert.deepEqual(result.notes, []);
  });
});

describe('besides,', { concurrency }, () => {
  it('a source that is not there costs the lines around it, not its name', async () => {
    const { source, file } = built('--sourceMap');
    fs.rmSync(source);
    const { result } = await looked(file);
    assert.deepEqual(places(result.leaks), placesIn(source));
    assert.ok(!result.message.includes('│'), result.message);
  });

  it('the identity of a leak is that of the running code', async () => {
    const { file } = built('--sourceMap');
    const prints = async () => (await looked(file)).result.leaks.map(({ fingerprint }) => fingerprint);
    const followed = await prints();
    fs.rmSync(`${file}.map`);
    assert.deepEqual(await prints(), followed);
  });

  it('what JavaScript says counts before a map', async () => {
    const { source, file } = built('--sourceMap');
    const to = { file: path.join(path.dirname(source), 'real.ts'), line: 4, column: 2 };
    const mapped = [
      { from: placeOf(file, "on('job'"), to: { function: 'real', ...to } },
      { from: placeOf(file, 'new Map'), to },
    ];
    const { result } = await looked(file, { mapped });
    assert.deepEqual(
      result.leaks.map(({ origin }) => origin),
      [{ function: 'real', ...to }, { function: 'new Queue', ...to }],
    );
  });
});
