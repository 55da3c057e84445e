'use strict';

// The skeleton of each test runner, with its work filled in, is proven in a repository with one leak. Each needs its
// project from npm, so with LEAKLINE_LONG only.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { it } = require('node:test');

const { which } = require('../../.scripts/exec');
const { ensureProject } = require('../../.scripts/projects');
const { gitIn } = require('../support/case-repository');
const { root, runNode, temporaryFolder } = require('../support/run');
const { site, snapshot } = require('../support/values');

const cli = path.join(root, 'js', 'cli', 'index.js');
const skip = !process.env.LEAKLINE_LONG ? 'with LEAKLINE_LONG' : which('git') === null && 'git is not installed';

const source = (end) => `'use strict';
const bus = new (require('node:events').EventEmitter)().setMaxListeners(0);
function subscribe() {
  const fn = () => {};
  bus.on('order', fn);
  return () => { ${end} };
}
module.exports = { subscribe };
`;

for (const [runner, project] of [['jest', 'jest30'], ['vitest', 'vitest'], ['mocha', 'mocha']]) {
  it(`${runner} fails before and passes after`, { skip }, async (t) => {
    const { folder: installed, reason } = ensureProject(project);
    if (reason) return t.skip(reason);
    const folder = temporaryFolder();
    const git = gitIn(folder);
    const put = (file, text) => {
      fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      fs.writeFileSync(path.join(folder, file), text);
    };
    git('init', '-q');
    put('package.json', JSON.stringify({ name: 'shop', private: true, devDependencies: { [runner]: '1' } }));
    put('.gitignore', 'node_modules\n');
    put('src/bus.js', source(''));
    git('add', '-A');
    git('commit', '-q', '-m', 'leak');
    put('src/bus.js', source("bus.off('order', fn);"));
    git('commit', '-q', '-am', 'fix');
    fs.symlinkSync(path.join(installed, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
    const origin = { function: 'subscribe', file: path.join(folder, 'src', 'bus.js'), line: 5, column: 7 };
    put('r.json', JSON.stringify(snapshot([site({ origin, stack: [origin], label: "EventEmitter 'order'" })])));
    const leakline = (...args) => runNode([cli, ...args], { cwd: folder });
    assert.equal((await leakline('case', 'r.json', '--out', 'case')).code, 0);
    const file = path.join(folder, 'case', 'leak.test.js');
    const filled = fs.readFileSync(file, 'utf8').replace(/ {2}void subject;\n {2}throw .*\n/, '  subject.subscribe()();\n');
    fs.writeFileSync(file, filled);
    const { code, stdout, stderr } = await leakline('case', 'verify', 'case/leak.test.js', '--before', 'HEAD~1', '--after', 'HEAD');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /fails {3}1 left by each of 50 calls/);
  });
}
