'use strict';

// `leakline case` of an example in a repository of its own: the commit, the documents, and the test with its proof.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { before, describe, it } = require('node:test');

const { which } = require('../../.scripts/exec');
const { filledIn, repositoryOf } = require('../support/case-repository');
const { root, runNode } = require('../support/run');
const { isFirstNode } = require('../support/first-node');
const { site, snapshot } = require('../support/values');

const cli = path.join(root, 'js', 'cli', 'index.js');
const leakline = (args, options) => runNode([cli, ...args], options);
// Each test of it starts Node some times.
const skip = !isFirstNode ? 'with the first Node only' : which('git') === null ? 'git is not installed' : false;

const CHECK = `
  const leakline = require('leakline');
  leakline.start({ mode: 'full' });
  const scenario = require(process.argv[1]);
  (async () => {
    await scenario.setup();
    const result = await leakline.check(() => scenario.iterate(), { rounds: 4, iterations: 5 });
    require('node:fs').writeFileSync('check.json', JSON.stringify(result));
    process.exit(0);
  })();
`;

const fieldsOf = ({ sections }) => sections.flatMap(({ parts }) => parts).filter(({ part }) => part === 'field');
const field = (made, id) => fieldsOf(made).find((each) => each.id === id);

describe('leakline case', { skip }, () => {
  let repository;
  let out;
  let made;

  before(async () => {
    repository = repositoryOf('event-processor');
    const { folder, scenario } = repository;
    const checked = await runNode(['-e', CHECK, scenario], { cwd: folder });
    assert.equal(checked.code, 0, checked.stderr);
    out = path.join(folder, 'case');
    const { code, stderr } = await leakline(['case', 'check.json', '--out', 'case'], { cwd: folder });
    assert.equal(code, 0, stderr);
    made = JSON.parse(fs.readFileSync(path.join(out, 'case.json'), 'utf8'));
  });

  it('names the commit that brought the line, not those that moved it', () => {
    const { introduced, text } = made.facts.git.origin;
    assert.equal(introduced.hash, repository.commits.leak);
    assert.equal(introduced.subject, 'feat: BUG-881 orders are processed');
    assert.ok(text.some((line) => line.includes('this.bus.on(topic, wrapper)')), text.join('\n'));
    assert.match(field(made, 'introduced').text[0], new RegExp(repository.commits.leak.slice(0, 10)));
  });

  it('leaves no field without a word, and asks ten questions', () => {
    const fields = fieldsOf(made);
    for (const { id, text } of fields) assert.ok(text.join('').trim().length > 0, id);
    assert.equal(fields.filter(({ state }) => state === 'asked').length, 10);
    const markdown = fs.readFileSync(path.join(out, 'case.md'), 'utf8');
    for (const { name } of fields) assert.ok(markdown.includes(`**${name}**`), name);
  });

  it('writes a page that loads nothing, and is small', () => {
    const html = fs.readFileSync(path.join(out, 'case.html'), 'utf8');
    assert.ok(html.length < 150 * 1024);
    assert.doesNotMatch(html, /<script|src=|href=|@import|url\(/);
  });

  it('is written again from case.json, the same but for what was answered', async () => {
    const { folder } = repository;
    const read = (name) => fs.readFileSync(path.join(out, name), 'utf8');
    const first = ['case.md', 'case.html', 'case.json'].map(read);
    assert.equal((await leakline(['case', 'case/case.json'], { cwd: folder })).code, 0);
    assert.deepEqual(['case.md', 'case.html', 'case.json'].map(read), first);
    fs.writeFileSync(path.join(folder, 'answers.json'), '{ "impact": "300 shops <b>" }');
    assert.equal((await leakline(['case', 'case', '--answers', 'answers.json'], { cwd: folder })).code, 0);
    assert.match(read('case.md'), /\*\*Affected users\*\* \*\(answered\)\*: 300 shops &lt;b&gt;/);
    const asked = await leakline(['case', 'case', '--ask'], { cwd: folder, input: 'a customer called\n\n' });
    assert.equal(asked.code, 0, asked.stderr);
    assert.match(asked.stderr, /1 of 10: How was it noticed/);
    assert.match(read('case.md'), /\*\(answered\)\*: a customer called/);
    assert.match(read('case.md'), /300 shops/, 'an empty answer keeps what was answered');
    const wrong = await leakline(['case', 'case', '--answers', 'wrong.json'], { cwd: folder });
    assert.equal(wrong.code, 2);
    fs.writeFileSync(path.join(folder, 'wrong.json'), '{ "impct": "x" }');
    assert.match((await leakline(['case', 'case', '--answers', 'wrong.json'], { cwd: folder })).stderr, /answers 'impct', which is not asked\.\n {2}Did you mean 'impact'\?/);
  });

  it('has a test that is refused while nothing is filled in, and is proven then', async () => {
    const { folder, commits } = repository;
    const file = path.join(out, 'leak.test.js');
    const verify = (from, to) => leakline(['case', 'verify', 'case/leak.test.js', '--before', from, '--after', to], { cwd: folder });
    const empty = await verify(commits.moved, commits.fix);
    assert.equal(empty.code, 1, empty.stdout);
    assert.match(empty.stderr, /the test fails for another reason than a leak:[^]*FILL IN/);
    fs.writeFileSync(file, filledIn(fs.readFileSync(file, 'utf8'), '../examples/event-processor/leaky/scenario.js'));
    const reversed = await verify(commits.fix, commits.moved);
    assert.equal(reversed.code, 1);
    assert.match(reversed.stderr, /before the fix, at \w+, the test passes: work\(\) does not leak there/);
    const proven = await verify(commits.moved, commits.fix);
    assert.equal(proven.code, 0, proven.stderr);
    assert.match(proven.stdout, /before {2}\w{10} {2}fails {3}1 left by each of 50 calls\n {2}after {3}\w{10} {2}passes {2}nothing left by 50 calls/);
    const markdown = fs.readFileSync(path.join(out, 'case.md'), 'utf8');
    assert.match(markdown, /before, at \w{10}: fails, \+1\.00 a call in 50 calls/);
    assert.match(markdown, /fix: BUG-881 what is begun is ended/);
    assert.match(markdown, /\+ │ +this\.bus\.off\(handler\.topic, handler\.wrapper\);/);
    assert.equal(repository.git('worktree', 'list').trim().split('\n').length, 1, 'no checkout is left');
    const lost = await verify(commits.moved, commits.moved);
    assert.match(lost.stderr, /after the fix, at \w+, listener of .*processor\.js is still there: 1 a call/);
  });

  it('refuses what it cannot read, with a code', async () => {
    const { folder } = repository;
    for (const [args, reason, code] of [
      [['case'], /case takes a recording, got 0/, 2],
      [['case', 'nowhere.lkf'], /Cannot read nowhere\.lkf: there is no such file/, 2],
      [['case', 'check.json', '--site', 'ffffffffffffffff'], /it has no line with fingerprint/, 1],
      [['case', 'check.json', '--at', '-1m'], /it is no flight file: only those have earlier states/, 2],
      [['case', 'check.json', '--since', '2999-01-01'], /--since must be a time before now, got '2999-01-01'/, 2],
      [['case', 'check.json', '--repo', 'check.json'], /--repo must be a folder, got 'check\.json'/, 2],
      [['case', 'check.json', '--runner', 'ava'], /--runner must be one of node, jest, vitest, mocha, got 'ava'/, 2],
      [['case', 'check.json', '--prom', 'ftp://x'], /--prom must be the URL of Prometheus/, 2],
      [['case', 'check.json', '--since', 'soon'], /--since must be a time before now/, 2],
      [['case', 'verify', 'check.json', '--before', 'HEAD'], /verify needs --after/, 2],
      [['case', 'verify', 'check.json', '--before', '--help', '--after', 'x'], /usage/, 0],
      [['case', 'verify', 'check.json', '--before', 'HEAD', '--after', 'nothing'], /--after must be a revision/, 2],
      [['case', 'test', 'abc'], /test takes a fingerprint/, 2],
      [['case', 'compare', 'check.json', 'check.json'], /recordings are compared, and it is none/, 2],
    ]) {
      const result = await leakline(args, { cwd: folder });
      assert.equal(result.code, code, `${args.join(' ')}\n${result.stderr}`);
      assert.match(result.stderr + result.stdout, reason);
    }
  });
});

describe('leakline case without git', { skip }, () => {
  const { temporaryFolder } = require('../support/run');

  it('leaves a word where git would say more, and takes no harm from labels', async () => {
    const folder = temporaryFolder();
    const hostile = `<script>alert(1)</script>"'\u001B[31m\u202E${'x'.repeat(10_000)}`;
    const made = snapshot([site({ label: hostile, origin: { function: hostile, file: `/app/${hostile}.js`, line: 1, column: 1 } })]);
    fs.writeFileSync(path.join(folder, 'r.json'), JSON.stringify(made));
    const { code, stdout, stderr } = await leakline(['case', 'r.json', '--out', 'c'], { cwd: folder });
    assert.equal(code, 0, stderr);
    const html = fs.readFileSync(path.join(folder, 'c', 'case.html'), 'utf8');
    const markdown = fs.readFileSync(path.join(folder, 'c', 'case.md'), 'utf8');
    assert.ok(html.length < 150 * 1024, `${html.length} bytes`);
    for (const text of [stdout, stderr, html, markdown]) {
      // eslint-disable-next-line no-control-regex -- that is what is looked for
      assert.doesNotMatch(text, /[\u001B\u202E]/);
    }
    for (const text of [html, markdown]) assert.doesNotMatch(text, /<script/);
    assert.match(markdown, /\*\*Introduced by\*\* \*\(not known\)\*: .* is in no repository of git/);
    const test = await runNode(['--check', path.join(folder, 'c', 'leak.test.js')]);
    assert.equal(test.code, 0, `the skeleton is JavaScript, whatever the label:\n${test.stderr}`);
  });

  it('writes a skeleton for each runner', async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'r.json'), JSON.stringify(snapshot()));
    for (const runner of ['node', 'jest', 'vitest', 'mocha']) {
      const { code, stdout, stderr } = await leakline(['case', 'test', '00000000000000aa', '--from', 'r.json', '--runner', runner], { cwd: folder });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /FILL IN/);
      assert.match(stdout, runner === 'vitest' ? /import \{ test \} from 'vitest'/ : runner === 'mocha' ? /^it\(/m : /^test\(/m);
    }
  });

  it('compares two recordings', async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'a.json'), JSON.stringify(snapshot()));
    fs.writeFileSync(path.join(folder, 'b.json'), JSON.stringify(snapshot([site({ live: 4, growthPerHour: 0, verdict: 'steady' })])));
    const { code, stdout, stderr } = await leakline(['case', 'compare', 'a.json', 'b.json'], { cwd: folder });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Unreleased at this line +412 +4 +99 % less/);
    assert.match(stdout, /Growth of this line, an hour +\+2,472 +0 +100 % less/);
  });
});
