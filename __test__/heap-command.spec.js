'use strict';

// `leakline heap` on snapshots that this Node writes.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { root, runNode } = require('./support/run');

const command = path.join(root, 'js/cli/index.js');
const fixture = path.join(__dirname, 'fixtures/heap/growing.js');

let folder;
let files;

before(async () => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakline-heap-')));
  const { code, stderr } = await runNode([fixture, folder]);
  assert.equal(code, 0, stderr);
  files = [0, 1, 2].map((round) => path.join(folder, `${round}.heapsnapshot`));
});

after(() => fs.rmSync(folder, { recursive: true, force: true }));

async function heap(...args) {
  const { code, stdout, stderr } = await runNode([command, 'heap', ...args, '--json'], { cwd: path.dirname(fixture) });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

const at = (list, text) => list.find(({ held }) => held.text === text);

describe('leakline heap FILE', () => {
  it('says what retains most, by object, class and owner, each with its path', async () => {
    const survey = await heap(files[2], '--top', '50');
    assert.equal(survey.type, 'heap');
    assert.ok(survey.nodes > 10_000 && survey.size > 1e6);
    const big = at(survey.retainers, 'module growing.js › held: Object › big');
    assert.equal(big.class, 'Array');
    assert.ok(big.retained > 900_000, `${big.retained}`);
    assert.deepEqual(big.holds[0], { class: 'Big', count: 20_000 });
    const ofClass = survey.classes.find((row) => row.class === 'Big');
    assert.equal(ofClass.count, 20_000);
    assert.ok(ofClass.retained >= ofClass.size);
    const owner = survey.owners.find((row) => row.owner === 'growing.js');
    assert.ok(owner.size > 1e6, JSON.stringify(survey.owners));
  });

  it('lists collections, closures, chains and strings kept by parts of them', async () => {
    const survey = await heap(files[2], '--top', '50');
    const map = at(survey.collections, 'module growing.js › held: Object › map: Map');
    assert.deepEqual([map.entries, map.atLeast], [700, false]);
    const set = at(survey.collections, 'module growing.js › held: Object › set: Set');
    assert.deepEqual([set.entries, set.atLeast], [600, false]);
    const table = at(survey.collections, 'module growing.js › held: Object › table');
    assert.deepEqual([table.entries, table.atLeast], [800, false]);
    const closures = survey.closures.find(({ place }) => place.file === fixture && place.line === 23);
    assert.equal(closures.count, 1);
    assert.ok(closures.retained > 40_000);
    assert.deepEqual(closures.variables, ['captured']);
    assert.equal(closures.held.text, 'module growing.js › held: Object › fn: closure() growing.js:23');
    const chain = survey.chains.find((row) => row.class === 'Link');
    assert.deepEqual([chain.edge, chain.length], ['next', 3000]);
    assert.equal(survey.sliced.count, 1);
    assert.equal(survey.sliced.largest[0].slices, 3);
    assert.ok(survey.sliced.largest[0].size > 100_000);
  });

  it('prints text for people, without values', async () => {
    const { code, stdout } = await runNode([command, 'heap', files[2]], { cwd: path.dirname(fixture) });
    assert.equal(code, 0);
    assert.match(stdout, /^leakline {2}/);
    assert.match(stdout, /^retains most$/m);
    assert.match(stdout, /held by {2}module growing\.js › held: Object › big/);
    assert.doesNotMatch(stdout, /secret|user-17/);
    assert.ok(!stdout.includes('\u001b'));
  });
});

describe('leakline heap --of', () => {
  it('finds the objects of a class and how they are kept', async () => {
    const selected = await heap(files[2], '--of', 'Big', '--top', '3');
    assert.deepEqual([selected.type, selected.count, selected.objects.length], ['heapOf', 20_000, 3]);
    assert.deepEqual(selected.ways.map(({ held }) => held.text), ['module growing.js › held: Object › big › [i]: Big']);
    assert.ok(selected.retained > selected.size && selected.objects[0].retained > selected.objects[0].size);
  });

  it('finds one object by its number, with fields and holders', async () => {
    const { objects: [{ id }] } = await heap(files[2], '--of', 'Big', '--top', '1');
    const { objects: [big] } = await heap(files[2], '--of', `@${id}`);
    assert.equal(big.id, id);
    assert.ok(big.fields.some(({ edge }) => edge === 'name'), JSON.stringify(big.fields));
    assert.ok(big.holders.length > 0);
  });

  it('finds the closures and instances of a line', async () => {
    const selected = await heap(files[2], '--of', 'growing.js:23');
    assert.equal(selected.count, 1);
    assert.equal(selected.objects[0].place.line, 23);
  });

  for (const [of, problem] of [
    ['NoSuchClass', /no object of the snapshot has this class/],
    ['@1234567891', /no object of the snapshot has this number/],
    ['@x', /followed by V8's number/],
    ['growing.js:9999', /no function or class of a live object begins at this line/],
  ]) {
    it(`refuses ${of}`, async () => {
      const { code, stdout, stderr } = await runNode([command, 'heap', files[2], '--of', of]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, problem);
    });
  }
});

describe('leakline heap and what runs in the process', () => {
  const source = path.join('src', 'held.ts');
  let snapshot;

  before(async () => {
    const file = path.join(folder, 'dist', 'held.js');
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, [
      'class Held { constructor() { this.fill = new Array(300).fill(1.5); } }',
      'const all = [];',
      'for (let i = 0; i < 500; i++) all.push(new Held());',
      'exports.all = () => all;',
      'require("node:v8").writeHeapSnapshot(process.argv[2]);',
      '//# sourceMappingURL=held.js.map',
    ].join('\n'));
    // Line 1 comes from line 11, and so on.
    fs.writeFileSync(`${file}.map`, JSON.stringify({ version: 3, sources: ['../src/held.ts'], names: [], mappings: 'AAUA;AACA;AACA;AACA;AACA' }));
    snapshot = path.join(folder, 'mapped.heapsnapshot');
    const register = path.join(root, 'js/register.js');
    const { code, stderr } = await runNode(['--require', register, file, snapshot], { cwd: folder, env: { ...process.env, LEAKLINE: '1', LEAKLINE_REPORT: 'none' } });
    assert.equal(code, 0, stderr);
  });

  const asked = async (...args) => JSON.parse((await runNode([command, ...args, '--json'], { cwd: folder })).stdout);

  it('follows source maps beside the scripts, and says where the running code is', async () => {
    for (const of of [`${source}:11`, 'dist/held.js:1']) {
      const { count, objects: [{ place, held }] } = await asked('heap', snapshot, '--of', of);
      assert.deepEqual([count >= 500, place.line, place.file], [true, 11, path.join(folder, source)]);
      assert.deepEqual([place.shippedAt.file, place.shippedAt.line], [path.join(folder, 'dist', 'held.js'), 1]);
      assert.match(held.text, /^module src\/held\.ts › /);
    }
    const { stdout } = await runNode([command, 'heap', snapshot, '--of', 'Held'], { cwd: folder });
    assert.match(stdout, /written {2}src\/held\.ts:11:\d+ \(shipped dist\/held\.js:1:\d+\)/);
  });

  it('does not list what leakline itself holds', async () => {
    const survey = await asked('heap', snapshot, '--top', '30');
    const texts = [...survey.retainers, ...survey.collections, ...survey.closures, ...survey.chains].map(({ held }) => held.text);
    assert.deepEqual(texts.filter((text) => /js\/(recording|hooks|engine|base)\/|leakline\.[\w-]+\.node/.test(text)), []);
    assert.equal(survey.retainers[0].held.text, 'module src/held.ts › all: Array');
    assert.ok(survey.owners.some(({ owner }) => owner === "leakline's own"), JSON.stringify(survey.owners));
  });

  it('leakline retainers FILE says only what retains most', async () => {
    const value = await asked('retainers', snapshot, '--top', '2');
    assert.deepEqual([value.type, value.file, value.sites, value.largest.length], ['retainers', snapshot, [], 2]);
    assert.equal(value.largest[0].held.text, 'module src/held.ts › all: Array');
    const ofClass = await asked('retainers', snapshot, '--of', 'Held');
    assert.equal(ofClass.selected.count, 500);
  });
});

describe('leakline heap FILE FILE …', () => {
  it('names what grew in each, as an object and by path', async () => {
    const growth = await heap(...files);
    assert.deepEqual([growth.type, growth.sameProcess, growth.looks.length], ['heapGrowth', true, 3]);
    const list = at(growth.containers, 'module growing.js › held: Object › list');
    assert.equal(list.class, 'Array');
    const [{ class: name, count, place }] = list.classes;
    assert.deepEqual([list.classes.length, name, count, path.basename(place.file)], [1, 'Item', 400, 'growing.js']);
    assert.equal(list.gained, 400);
    assert.ok(list.retained[0] < list.retained[1] && list.retained[1] < list.retained[2]);
    const copied = [...growth.containers, ...growth.paths].map(({ held }) => held.text);
    assert.ok(copied.includes('module growing.js › copied: Array'), copied.join('\n'));
    // What was there before and stayed as it was has not grown.
    for (const name of ['big', 'map', 'set', 'table', 'chain']) {
      assert.ok(!copied.some((text) => text.includes(`› ${name}`)), copied.join('\n'));
    }
  });
});

describe('leakline heap refuses', () => {
  const refused = async (...args) => {
    const { code, stdout, stderr } = await runNode([command, 'heap', ...args]);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    return stderr;
  };

  it('a file that is cut off, one of another kind, and none', async () => {
    const cut = path.join(folder, 'cut.heapsnapshot');
    const whole = fs.readFileSync(files[0]);
    for (const share of [0.001, 0.3, 0.7, 0.999]) {
      fs.writeFileSync(cut, whole.subarray(0, Math.floor(whole.length * share)));
      assert.match(await refused(cut), /cut\.heapsnapshot must be a whole heap snapshot of V8: /);
    }
    assert.match(await refused(path.join(root, 'package.json')), /it does not begin with "snapshot"/);
    assert.match(await refused(path.join(folder, 'nowhere')), /cannot be read/);
    assert.match(await refused(folder), /it is no file/);
  });

  it('wrong use', async () => {
    assert.match(await refused(), /at least one file/);
    assert.match(await refused(files[0], '--top', '0'), /--top must be a whole number from 1 to 1000/);
    assert.match(await refused(files[0], files[1], '--of', 'Big'), /--of takes one file/);
    assert.match(await refused(files[0], '--nope'), /--nope/);
  });

  it('nothing when it is asked for help', async () => {
    const { code, stdout } = await runNode([command, 'heap', '--help']);
    assert.equal(code, 0);
    assert.match(stdout, /leakline heap/);
    assert.match(stdout, /--of WHAT/);
  });
});
