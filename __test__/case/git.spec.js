'use strict';

// What a case takes from git: the line at the commit that ran, who brought it, and who removed what released it.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { before, describe, it } = require('node:test');

const { which } = require('../../.scripts/exec');
const { commitOf, factsOf, openRepository } = require('../../js/cli/case/git');
const { gitIn } = require('../support/case-repository');
const { isFirstNode } = require('../support/first-node');
const { temporaryFolder } = require('../support/run');

const skip = !isFirstNode ? 'with the first Node only' : which('git') === null ? 'git is not installed' : false;

const SUBSCRIBE = (end) => `'use strict';\n\nfunction subscribe(bus, fn) {\n  bus.on('order', fn);\n  return () => {\n    ${end}\n  };\n}\n`;

describe('what a repository says', { skip }, () => {
  let folder;
  let repository;
  const commits = {};

  before(() => {
    folder = temporaryFolder();
    const git = gitIn(folder);
    git('init', '-q');
    git('config', 'user.name', 'Ada');
    const commit = (name, text, at) => {
      fs.mkdirSync(path.join(folder, 'src'), { recursive: true });
      fs.writeFileSync(path.join(folder, 'src', 'bus.js'), text);
      git('add', '-A');
      git('commit', '-q', '-m', name, '--date', at);
      commits[name] = git('rev-parse', 'HEAD').trim();
    };
    commit('begin', SUBSCRIBE("bus.off('order', fn);"), '2026-01-01T00:00:00Z');
    commit('move', `// A header.\n${SUBSCRIBE("bus.off('order', fn);")}`, '2026-01-02T00:00:00Z');
    commit('remove', `// A header.\n${SUBSCRIBE('fn.ended = true;')}`, '2026-01-03T00:00:00Z');
    commit('later', `// A header.\n// Another line.\n${SUBSCRIBE('fn.ended = true;')}`, '2026-01-04T00:00:00Z');
    repository = openRepository(folder);
  });

  const leak = (file, line = 5, label = "Bus 'order'") => {
    const origin = { function: 'subscribe', file, line, column: 7 };
    return { kind: 'listener', label, origin, stack: [origin] };
  };
  const src = () => path.join(folder, 'src', 'bus.js');

  it('names the commit that removed what released, beside that of the line', () => {
    const { facts } = factsOf(repository, { leak: leak(src()), commit: commits.remove });
    assert.equal(facts.origin.introduced.hash, commits.begin);
    assert.equal(facts.removed.commit.hash, commits.remove);
    assert.equal(facts.removed.text, "bus.off('order', fn);");
    assert.equal(facts.user, 'Ada');
  });

  it('does not take what released another event for that', () => {
    assert.equal(factsOf(repository, { leak: leak(src(), 5, "Bus 'stock'"), commit: commits.remove }).facts.removed, null);
    assert.equal(factsOf(repository, { leak: leak(src()), commit: commits.move }).facts.removed, null, 'it is there at that commit');
  });

  it('reads the line at the commit that ran, and says where it is not the one', () => {
    assert.equal(factsOf(repository, { leak: leak(src(), 4), commit: commits.begin }).facts.origin.text.at(3), "  bus.on('order', fn);");
    const { facts } = factsOf(repository, { leak: leak(src(), 6), commit: 'feed'.repeat(10) });
    assert.deepEqual([facts.isRunning, facts.commit.hash], [false, commits.later]);
    assert.equal(facts.origin.introduced.hash, commits.begin);
  });

  it('reads the working copy where that had been changed before it ran, and says what is in no commit', () => {
    const copy = temporaryFolder();
    fs.cpSync(folder, copy, { recursive: true });
    const [own, file] = [openRepository(copy), path.join(copy, 'src', 'bus.js')];
    fs.writeFileSync(file, `// Not committed.\n${fs.readFileSync(file, 'utf8')}`);
    const ranAt = fs.statSync(file).mtimeMs;
    const at = (line, ran = ranAt) => factsOf(own, { leak: leak(file, line), commit: commits.later, ranAt: ran });
    const moved = at(7).facts.origin;
    assert.deepEqual([moved.isUncommitted, moved.introduced.hash, moved.text.at(6)], [true, commits.begin, "  bus.on('order', fn);"]);
    const own1 = at(1);
    assert.deepEqual([own1.facts.origin.introduced, own1.problem], [null, 'line 1 of src/bus.js is in no commit yet']);
    // A change after the start is the fix, perhaps: it did not run.
    const later = at(6, ranAt - 1).facts.origin;
    assert.deepEqual([later.isUncommitted, later.text.at(5)], [false, "  bus.on('order', fn);"]);
    fs.rmSync(file);
    assert.equal(at(6).facts.origin.introduced.hash, commits.begin, 'a file that is gone');
  });

  it('names no commit of a shallow clone that only is where its history begins', () => {
    const shallow = path.join(temporaryFolder(), 'clone');
    gitIn(folder)('clone', '-q', '--depth', '2', `file://${folder}`, shallow);
    const at = (line) => factsOf(openRepository(shallow), { leak: leak('/app/src/bus.js', line), commit: commits.later });
    const { facts, problem } = at(6);
    assert.deepEqual([facts.origin.path, facts.origin.introduced, facts.removed], ['src/bus.js', null, null]);
    assert.match(problem, /the clone is shallow, .*git fetch --unshallow/);
    assert.equal(at(2).facts.origin.introduced.hash, commits.later, 'what is younger is known');
  });

  it('finds the file of a container, and no file by its name alone', () => {
    const at = (file, cwd) => factsOf(repository, { leak: leak(file), commit: commits.remove, cwd });
    assert.equal(at('/app/src/bus.js').facts.origin.path, 'src/bus.js');
    assert.equal(at('/srv/x/src/bus.js', '/srv/x').facts.origin.path, 'src/bus.js');
    assert.equal(at('file:///app/src/bus.js').facts.origin.path, 'src/bus.js');
    const { facts, problem } = at('/app/lib/bus.js');
    assert.equal(facts.origin, null);
    assert.match(problem, /has no bus\.js with line 5/);
  });

  it('shows no line that the file does not have, and takes no option for a revision', () => {
    assert.equal(factsOf(repository, { leak: leak(src(), 99), commit: commits.remove }).facts.origin, null);
    assert.equal(commitOf(repository, '--help'), null);
    assert.equal(commitOf(repository, 'HEAD~1').hash, commits.remove);
    assert.match(openRepository(temporaryFolder()).problem, /is in no repository of git/);
    assert.match(openRepository('/nowhere/at/all').problem, /there is no folder/);
    // Git's own way to test it.
    process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER = '1';
    const { problem } = openRepository(folder);
    delete process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER;
    assert.match(problem ?? '', /git does not trust .*, which another user owns: git config --global --add safe\.directory/);
  });
});
