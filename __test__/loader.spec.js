'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { fileOf, platforms } = require('../js/base/native');
const { root, runNode, temporaryFolder } = require('./support/run');

const [platform] = platforms();

describe('the loader', () => {
  it('says what it tried, why each failed and what to do', async () => {
    const home = packageFolder();
    const broken = path.join(home, 'broken.js');
    fs.writeFileSync(broken, 'throw new Error("broken\\nsecond line")');
    const { code, message, hint } = await load(home, { env: { LEAKLINE_NATIVE_PATH: broken } });
    assert.equal(code, 'ERR_LEAKLINE_ADDON');
    const lines = message.split('\n').map((line) => line.trim());
    const tried = [broken, ...platforms().map((name) => path.join(home, `leakline.${name}.node`)), ...platforms().map((name) => `leakline-${name}`)];
    let at = 0;
    for (const what of tried) {
      const found = lines.indexOf(what, at);
      assert.ok(found >= at, `${what} is missing, or not in order, in\n${message}`);
      assert.match(lines[found + 1], /Cannot find module|^broken$/);
      at = found + 2;
    }
    assert.match(hint, /npm ci.*optional dependencies/s);
    assert.ok(message.endsWith(hint));
  });

  it('names the build in a clone', async () => {
    const home = packageFolder();
    fs.writeFileSync(path.join(home, 'Cargo.toml'), '');
    assert.match((await load(home)).hint, /npm run build/);
  });

  it('says so on a platform that has no build', async () => {
    const { message, hint } = await load(packageFolder(), { before: "Object.defineProperty(process, 'arch', { value: 'riscv64' });" });
    assert.match(message, /-riscv64/);
    assert.match(hint, /no build for this platform.*linux-x64.*LEAKLINE_NATIVE_PATH/s);
  });

  it('takes LEAKLINE_NATIVE_PATH, the clone and the platform package in this order', async () => {
    const home = packageFolder();
    fakePackage(home, `leakline-${platform}`);
    assert.equal((await load(home)).from, `leakline-${platform}`);
    // A folder is loaded like a file, and can be JavaScript.
    fakePackage(home, `../leakline.${platform}.node`);
    assert.equal((await load(home)).from, `../leakline.${platform}.node`);
    const chosen = path.join(home, 'chosen.js');
    fs.writeFileSync(chosen, "exports.from = 'chosen'");
    assert.equal((await load(home, { env: { LEAKLINE_NATIVE_PATH: chosen } })).from, 'chosen');
  });

  it('takes the other libc where the likely one does not load', { skip: process.platform !== 'linux' && 'one ABI only' }, async () => {
    const home = packageFolder();
    fakePackage(home, `leakline-${platforms()[1]}`);
    assert.equal((await load(home)).from, `leakline-${platforms()[1]}`);
  });

  it('does not load an addon whose end is missing, which would end the process', { skip: process.platform !== 'linux' && 'ELF is of Linux' }, async () => {
    const whole = fs.readFileSync(fileOf(platform));
    for (const length of [0, 40, 4_096, whole.length >> 1, whole.length - 1]) {
      const home = packageFolder();
      const file = path.join(home, `leakline.${platform}.node`);
      fs.writeFileSync(file, whole.subarray(0, length));
      const { code, message } = await load(home);
      assert.equal(code, 'ERR_LEAKLINE_ADDON');
      assert.ok(message.includes(`${file}\n    the file is cut short`), message);
    }
  });
});

// The loader alone, as it lies in an installed package that lost its addon.
function packageFolder() {
  const home = temporaryFolder();
  fs.mkdirSync(path.join(home, 'js', 'base'), { recursive: true });
  for (const name of ['native.js', 'clean.js', 'errors.js']) fs.copyFileSync(path.join(root, 'js', 'base', name), path.join(home, 'js', 'base', name));
  return home;
}

function fakePackage(home, name) {
  const folder = path.join(home, 'node_modules', name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'index.js'), `exports.from = ${JSON.stringify(name)}`);
}

// In a process of its own: a loaded addon stays loaded.
async function load(home, { env, before = '' } = {}) {
  const program = `${before}
    try { console.log(JSON.stringify(require('./js/base/native').load())); }
    catch ({ code, message, hint }) { console.log(JSON.stringify({ code, message, hint })); }`;
  const { stdout, stderr } = await runNode(['-e', program], { cwd: home, env });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}
