'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const commands = require('../js/cli/commands');
const { root, runNode, temporaryFolder } = require('./support/run');
const { checkResult, site, snapshot } = require('./support/values');

const cli = path.join(root, 'js', 'cli', 'index.js');
const register = path.join(root, 'js', 'register.js');
const onWindows = process.platform === 'win32' && 'signals are not sent on Windows';

const leakline = (args, options) => runNode([cli, ...args], options);

const folder = temporaryFolder();

describe('leakline', () => {
  it('prints its version', async () => {
    assert.deepEqual(await leakline(['--version']), {
      code: 0, signal: null, stdout: `${require('../package.json').version}\n`, stderr: '',
    });
  });

  it('prints every command for --help, -h and help', async () => {
    const texts = await Promise.all([['--help'], ['-h'], ['help']].map((args) => leakline(args)));
    for (const { code, stdout, stderr } of texts) {
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.equal(stdout, texts[0].stdout);
      for (const [name, { summary }] of Object.entries(commands)) assert.match(stdout, new RegExp(`^  ${name} +${summary}$`, 'm'));
    }
  });

  for (const [name, command] of Object.entries(commands)) {
    it(`prints what ${name} takes`, async () => {
      const { code, stdout } = await leakline([name, '--help']);
      assert.equal(code, 0);
      for (const line of command.usage) assert.ok(stdout.includes(`  ${line}\n`));
      for (const option of Object.keys(command.options)) assert.match(stdout, new RegExp(`^  --${option} `, 'm'));
      for (const line of stdout.split('\n')) assert.ok(line.length <= 100, `too long for a terminal: ${line}`);
      assert.equal((await leakline(['help', name])).stdout, stdout);
    });
  }

  it('prints help on stderr and ends with 2 when it is reported nothing', async () => {
    const { code, stdout, stderr } = await leakline([]);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^leakline names the line that leaks\./);
  });

  const wrong = {
    'a command that is none': [['frobnicate'], /no command 'frobnicate'/, /leakline --help/],
    'a command that is a method of objects': [['toString'], /no command 'toString'/, /leakline --help/],
    'help of what is none': [['help', 'frobnicate'], /no command 'frobnicate'/, /leakline --help/],
    'an unknown option': [['run', '--bogus', '--', 'node'], /Unknown option '--bogus'/, /leakline run --help/],
    'no program': [['run', '--mode', 'full'], /no program to run/, /leakline run --help/],
    'no program after --': [['run', '--'], /no program to run/, /leakline run --help/],
    'an unknown mode': [['run', '--mode', 'loud', '--', 'node'], /--mode must be 'counts', 'adaptive' or 'full', got 'loud'/, /run --help/],
    'a budget over one core': [['run', '--budget', '2', '--', 'node'], /--budget must be a number from 0\.001 to 1 \(.*\), got '2'/, /run --help/],
    'half a frame': [['run', '--stack-depth', '1.5', '--', 'node'], /--stack-depth must be an integer from 1 to 64/, /run --help/],
    'an empty number': [['run', '--min-size', '', '--', 'node'], /--min-size must be an integer from 1 to 4294967295/, /run --help/],
    'a signal that cannot be handled': [['run', '--signal', 'SIGKILL', '--', 'node'], /--signal must be .* SIGUSR2.*, got 'SIGKILL'/, /run --help/],
    'no file': [['report'], /report takes a file, got none/, /leakline report --help/],
    'an unknown format': [['report', '--format', 'xml', 'x.json'], /--format must be .*'text'.*, got 'xml'/, /report --help/],
    'a narrow width': [['report', '--width', '3', 'x.json'], /--width must be an integer from 60 to 1000/, /report --help/],
    'an unknown verdict': [['report', '--fail-on', 'new', 'x.json'], /--fail-on must be one of leak, suspect, none/, /report --help/],
    'one snapshot to compare': [['diff', 'x.json'], /diff takes two files, got 1/, /leakline diff --help/],
  };
  for (const [what, [args, problem, hint]] of Object.entries(wrong)) {
    it(`refuses ${what} in two lines`, async () => assertRefused(await leakline(args), problem, hint));
  }
});

describe('leakline run and test', () => {
  for (const command of ['run', 'test']) {
    it(`${command} ends with 127 where there is no such program, and with 126 where it cannot be run`, { skip: process.platform === 'win32' }, async () => {
      const missing = await leakline([command, '--', './no-such-program']);
      assert.equal(missing.code, 127);
      assert.equal(missing.stderr, `leakline: Cannot run './no-such-program': there is no such command.\n  Run 'leakline ${command} --help' for what it takes.\n`);
      const file = path.join(folder, 'no-program');
      fs.writeFileSync(file, '');
      const forbidden = await leakline([command, '--', file]);
      assert.equal(forbidden.code, 126);
      assert.match(forbidden.stderr, /: this user may not run it\.\n/);
    });
  }
});

describe('leakline run', () => {
  const printEnvironment = ['-e', 'console.log(JSON.stringify(process.env))'];
  const environmentOf = async (options, given) => {
    const { code, stdout, stderr } = await leakline(['run', ...options, '--', process.execPath, ...printEnvironment], { env: given });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };

  it('switches leakline on for the program, in adaptive mode and with a report on stderr', async () => {
    const env = await environmentOf([]);
    assert.equal(env.LEAKLINE, 'adaptive');
    assert.equal(env.LEAKLINE_REPORT, 'stderr');
    assert.equal(env.NODE_OPTIONS, `--require ${quoted(register)}`);
    assert.ok(!('LEAKLINE_BUDGET' in env), 'what is not given is left to its default');
  });

  it('hands on every option, a report file by its absolute path', async () => {
    const report = path.join(folder, 'report.json');
    const env = await environmentOf([
      '--mode', 'full', '--report', path.relative(root, report), '--kinds', 'listener,map', '--signal', 'SIGUSR2',
      '--budget', '0.05', '--stack-depth', '8', '--min-size', '10', '--ignore', 'express,ws',
      '--allow', 'allow.json', '--baseline', 'before.json',
    ]);
    const wanted = {
      LEAKLINE: 'full', LEAKLINE_REPORT: report, LEAKLINE_KINDS: 'listener,map', LEAKLINE_SIGNAL: 'SIGUSR2',
      LEAKLINE_BUDGET: '0.05', LEAKLINE_STACK_DEPTH: '8', LEAKLINE_MIN_SIZE: '10', LEAKLINE_IGNORE: 'express,ws',
      LEAKLINE_ALLOW: path.join(root, 'allow.json'), LEAKLINE_BASELINE: path.join(root, 'before.json'),
    };
    const given = Object.entries(env).filter(([name]) => name in wanted);
    assert.deepEqual(Object.fromEntries(given), wanted);
  });

  it('keeps variables that are set, but is on where they say off', async () => {
    const env = await environmentOf(['--budget', '0.5'], { LEAKLINE: 'counts', LEAKLINE_MIN_SIZE: '7', LEAKLINE_BUDGET: '0.1' });
    assert.deepEqual([env.LEAKLINE, env.LEAKLINE_MIN_SIZE, env.LEAKLINE_BUDGET], ['counts', '7', '0.5']);
    assert.equal((await environmentOf([], { LEAKLINE: 'off' })).LEAKLINE, 'adaptive');
  });

  it('keeps NODE_OPTIONS and adds itself once', async () => {
    const mine = `--require ${quoted(register)}`;
    assert.equal((await environmentOf([], { NODE_OPTIONS: '--no-warnings' })).NODE_OPTIONS, `${mine} --no-warnings`);
    assert.equal((await environmentOf([], { NODE_OPTIONS: `${mine} --no-warnings` })).NODE_OPTIONS, `${mine} --no-warnings`);
  });

  it('works from a folder with blanks and quotes in its name', { skip: process.platform === 'win32' && 'no quotes in names on Windows' }, async () => {
    const home = path.join(temporaryFolder(), 'my "own" app');
    fs.mkdirSync(path.join(home, 'js'), { recursive: true });
    fs.cpSync(path.join(root, 'js', 'cli'), path.join(home, 'js', 'cli'), { recursive: true });
    fs.cpSync(path.join(root, 'js', 'base'), path.join(home, 'js', 'base'), { recursive: true });
    fs.writeFileSync(path.join(home, 'js', 'register.js'), "console.log('registered')");
    const { stdout, stderr } = await runNode([path.join(home, 'js', 'cli', 'index.js'), 'run', '--', process.execPath, '-e', '0']);
    assert.equal(stdout, 'registered\n', stderr);
  });

  it('leaves the options after the program to the program', async () => {
    const { stdout } = await leakline(['run', '--mode', 'counts', process.execPath, '-p', 'process.argv.slice(1).join()', '--', '--help', '--mode']);
    assert.equal(stdout, '--help,--mode\n');
  });

  it('ends as the program does', async () => {
    assert.equal((await leakline(['run', '--', process.execPath, '-e', 'process.exit(7)'])).code, 7);
  });

  it('dies of the signal that the program dies of', { skip: onWindows }, async () => {
    const { code, signal } = await leakline(['run', '--', process.execPath, '-e', "process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 1e5)"]);
    assert.deepEqual([code, signal], [null, 'SIGKILL']);
  });

  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) {
    it(`passes ${name} on`, { skip: onWindows }, async () => {
      // Its own handler comes last, so that it answers whatever leakline does with the signal.
      const program = `process.on('${name}', () => process.exit(9)); setTimeout(() => {}, 1e5); console.log('ready')`;
      const { code, signal } = await leakline(['run', '--mode', 'counts', '--signal', 'SIGUSR2', '--', process.execPath, '-e', program], {
        whenPrints: ['ready', (child) => child.kill(name)],
      });
      assert.deepEqual([code, signal], [9, null]);
    });
  }

  it('prints what leaks when the program ends', async () => {
    const leaky = path.join(folder, 'leaky.js');
    fs.writeFileSync(leaky, [
      "const bus = new (require('node:events'))().setMaxListeners(0);",
      'function subscribe() {',
      "  bus.on('message', () => {});",
      '}',
      'for (let i = 0; i < 50; i += 1) subscribe();',
    ].join('\n'));
    const { code, stdout, stderr } = await leakline(['run', '--mode', 'full', '--', process.execPath, leaky]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    // So short a life proves no leak, but it is reported what was seen.
    assert.match(stderr, /^\[leakline\] report 1 of process \d+ \(leaky\.js, main thread\) at its exit, .*Z\nleakline .*50 registered/);
    const report = path.join(folder, 'leaky.json');
    await leakline(['run', '--mode', 'full', '--report', report, '--', process.execPath, leaky]);
    const again = await leakline(['report', '--all', report]);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /leaky\.js:3:7/);
  });
});

describe('leakline report', () => {
  it('prints a snapshot, a diff and a check result', async () => {
    const { diff } = require('../js/index.js');
    const values = { snapshot: snapshot(), check: checkResult(), diff: diff(snapshot([]), snapshot()) };
    for (const [name, value] of Object.entries(values)) {
      const { code, stdout, stderr } = await leakline(['report', saved(`${name}.json`, value)]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /src\/proxy\.js:88:10/, name);
      assert.ok(stdout.endsWith('\n') && !stdout.includes('\u001B'), 'a pipe gets plain text');
    }
  });

  it('reads standard input for -, with or without a byte order mark', async () => {
    for (const mark of ['', '\uFEFF']) {
      const { code, stdout } = await leakline(['report', '-'], { input: mark + JSON.stringify(snapshot()) });
      assert.equal(code, 0);
      assert.match(stdout, /src\/proxy\.js:88:10/);
    }
  });

  it('reads what was written before values had a type', async () => {
    for (const { type, ...value } of [snapshot(), checkResult()]) {
      const { code, stdout } = await leakline(['report', '--format', 'json', saved('old.json', value)]);
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(stdout), { type, ...value });
    }
  });

  it('prints JSON that it reads again', async () => {
    const { stdout } = await leakline(['report', '--format', 'json', saved('a.json', snapshot())]);
    assert.deepEqual(JSON.parse(stdout), snapshot());
  });

  it('is coloured where it is asked for, and only there', async () => {
    const file = saved('a.json', snapshot());
    const coloured = async (args, env) => (await leakline(['report', ...args, file], { env })).stdout.includes('\u001B[');
    assert.equal(await coloured([]), false);
    assert.equal(await coloured(['--color'], { NO_COLOR: '1' }), true);
    assert.equal(await coloured(['--no-color'], { FORCE_COLOR: '1' }), false);
    assert.equal(await coloured([], { FORCE_COLOR: '1' }), true);
    assert.equal(await coloured([], { FORCE_COLOR: '0' }), false);
  });

  it('fills the width it is given', async () => {
    const file = saved('a.json', snapshot());
    const widest = async (width) => {
      const { stdout } = await leakline(['report', '--width', String(width), file]);
      return Math.max(...stdout.split('\n').map((line) => line.length));
    };
    assert.ok((await widest(60)) <= 60);
    assert.ok((await widest(140)) > (await widest(60)));
  });

  it('ends with 1 for --fail-on, for what its user can fix', async () => {
    const packaged = { function: 'x', file: '/app/node_modules/limiter/index.js', line: 1, column: 1 };
    const files = {
      leak: saved('leak.json', snapshot()),
      suspect: saved('suspect.json', snapshot([site({ verdict: 'suspect' })])),
      packaged: saved('packaged.json', snapshot([site({ origin: packaged, stack: [packaged] })])),
      check: saved('check.json', checkResult()),
    };
    const code = async (args) => (await leakline(['report', ...args])).code;
    assert.equal(await code([files.leak]), 0);
    assert.equal(await code(['--fail-on', 'none', files.leak]), 0);
    assert.equal(await code(['--fail-on', 'leak', files.leak]), 1);
    assert.equal(await code(['--fail-on', 'leak', files.suspect]), 0);
    assert.equal(await code(['--fail-on', 'suspect', files.suspect]), 1);
    assert.equal(await code(['--fail-on', 'suspect', files.packaged]), 0);
    assert.equal(await code(['--fail-on', 'leak', files.check]), 1);
  });

  const bad = {
    'is empty': ['', /it is not JSON/],
    'is not JSON': ['leakline  3 leaks', /it is not JSON/],
    'is other JSON': ['{"name":"leakline"}', /has none of their fields/],
    'is null': ['null', /has none of their fields/],
    'is of a newer schema': [JSON.stringify(snapshot([], { schema: 2 })), /its schema is 2, this version reads 1/],
    'lacks a field deep inside': [JSON.stringify(snapshot([{ ...site(), stack: undefined }])), /check result of leakline: its field sites\[0\] has no field stack\.$/],
    'has text for a number': [JSON.stringify(snapshot([{ ...site(), oldestMs: 'many' }])), /: its field sites\[0\].oldestMs is not what leakline writes there\.$/],
    'has a list for a text': [JSON.stringify({ ...snapshot(), mode: [] }), /: its field mode is not what leakline writes there\.$/],
  };
  for (const [what, [text, problem]] of Object.entries(bad)) {
    it(`names a file that ${what}`, async () => {
      const file = path.join(folder, `bad ${what}.json`);
      if (text !== undefined) fs.writeFileSync(file, text);
      const result = await leakline(['report', file]);
      assertRefused(result, problem, /LEAKLINE_REPORT/);
      assert.ok(result.stderr.includes(file));
    });
  }
});

describe('a file that cannot be read', () => {
  for (const command of ['report', 'diff']) {
    it(`is named by ${command}, with what is wrong`, async () => {
      const missing = path.join(folder, 'missing.json');
      assertRefused(await leakline([command, ...Array(command === 'diff' ? 2 : 1).fill(missing)]), /^leakline: Cannot read .*missing\.json: there is no such file\.$/, /Check the path/);
      assertRefused(await leakline([command, ...Array(command === 'diff' ? 2 : 1).fill(folder)]), /: it is a folder\.$/, /Check the path/);
    });
  }
});

describe('a report that somebody else made', () => {
  // What a terminal, or GitHub's reader of logs, would obey.
  const hostile = '\u001b]0;owned\u0007\n::error file=a.js::owned\r\u009b31m\u202e';
  const files = {
    'in its schema': JSON.stringify(snapshot([], { schema: hostile })),
    'in a verdict': JSON.stringify(snapshot([{ ...site(), verdict: hostile }])),
    'in the name of a field': JSON.stringify(snapshot([{ ...site(), lifetimeMs: { [hostile]: 1 } }])),
    'in text that is no JSON': `${hostile}{`,
    'in a kind': JSON.stringify(snapshot([site({ kind: hostile, label: hostile, origin: { function: hostile, file: hostile, line: 1, column: 1 } })])),
  };
  for (const [where, text] of Object.entries(files)) {
    it(`prints nothing that is obeyed: ${where}`, async () => {
      const file = path.join(folder, `hostile ${where}.json`);
      fs.writeFileSync(file, text);
      for (const args of [['report', file], ['report', '--all', file], ['diff', file, file]]) {
        const { stdout, stderr } = await leakline(args);
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^::/m);
      }
    });
  }

  it('nor is the name of a file, or an option', async () => {
    for (const args of [['report', `${hostile}.json`], ['report', `--${hostile}`], ['run', '--mode', hostile, '--', 'node'], ['run', '--', hostile], [hostile]]) {
      const { stdout, stderr } = await leakline(args);
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^::/m, stderr);
    }
  });

  it('shows lines of source files below the working directory only, and none with --no-source', async () => {
    const own = fs.mkdtempSync(path.join(folder, 'own-'));
    fs.writeFileSync(path.join(folder, 'outside.js'), 'const secret = "outside";');
    fs.writeFileSync(path.join(own, 'inside.js'), 'const secret = "inside";');
    fs.writeFileSync(path.join(own, '.env'), 'SECRET="environment"');
    fs.writeFileSync(path.join(own, 'key.pem'), 'SECRET="key"');
    fs.symlinkSync(path.join(folder, 'outside.js'), path.join(own, 'link.js'));
    fs.symlinkSync(path.join(own, '.env'), path.join(own, 'environment.js'));
    const frames = ['inside.js', '.env', 'key.pem', 'link.js', 'environment.js', '../outside.js', '/etc/passwd'];
    const sites = frames.map((file, i) => {
      const origin = { function: 'f', file: path.resolve(own, file), line: 1, column: 7 };
      return site({ fingerprint: String(i).padStart(16, '0'), origin, stack: [origin], label: `Bus '${i}'` });
    });
    const file = saved('frames.json', snapshot(sites));
    const shown = await leakline(['report', '--all', file], { cwd: own });
    assert.match(shown.stdout, /const secret = "inside"/);
    assert.doesNotMatch(shown.stdout, /"outside"|SECRET|root:/);
    const without = await leakline(['report', '--no-source', file], { cwd: own });
    assert.equal(without.code, 0);
    assert.match(without.stdout, /inside\.js:1:7/);
    assert.doesNotMatch(without.stdout, /const secret/);
  });
});

describe('leakline report of what leakline test --json wrote', () => {
  const place = { function: 'open', file: path.join(folder, 'src', 'bus.js'), line: 3, column: 5 };
  const run = {
    schema: 1, files: 4, tests: 12, failed: 1,
    leaks: [
      { outcome: 'failed', kind: 'listener', label: "Bus 'a'", fingerprints: ['0123456789abcdef'], count: 3, origin: place, stack: [place], leftBy: [{ file: path.join(folder, 'a.test.js'), tests: ['opens'], count: 2 }, { file: path.join(folder, 'b.test.js'), tests: ['closes'], count: 1 }] },
      { outcome: 'allowed', kind: 'interval', label: 'setInterval 10 ms', fingerprints: ['1123456789abcdef'], count: 1, origin: place, stack: [place], reason: 'wanted', leftBy: [{ file: path.join(folder, 'a.test.js'), tests: ['opens'], count: 1 }] },
    ],
    stale: [], notes: ['of the run'],
  };

  it('prints the summary of the run', async () => {
    const { code, stdout, stderr } = await leakline(['report', saved('run.json', run)]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^leakline {2}1 leak left by 2 tests, 1 allowed +4 files · 12 tests\n/);
    assert.match(stdout, /left by {2}\S*a\.test\.js {2}opens\n +\S*b\.test\.js {2}closes\n/);
    assert.match(stdout, /note: of the run/);
    assert.equal((await leakline(['report', '--fail-on', 'leak', saved('run.json', run)])).code, 1);
    const json = await leakline(['report', '--format', 'json', saved('run.json', run)]);
    assert.deepEqual(JSON.parse(json.stdout), run);
  });

  it('also of one that left nothing', async () => {
    const { stdout } = await leakline(['report', saved('clean.json', { schema: 1, files: 2, tests: 5, failed: 0, leaks: [], stale: [], notes: [] })]);
    assert.equal(stdout, 'leakline  nothing left behind · 2 files · 5 tests\n');
  });
});

describe('leakline diff', () => {
  it('prints what grew, and ends with 1 when asked to fail on it', async () => {
    const earlier = saved('before.json', snapshot([site({ live: 10, registered: 10 })], {
      process: { ...snapshot().process, takenAt: '2026-01-01T00:01:00.000Z', uptimeMs: 60_000 },
    }));
    const later = saved('after.json', snapshot());
    const { code, stdout, stderr } = await leakline(['diff', earlier, later]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /src\/proxy\.js:88:10/);
    const json = JSON.parse((await leakline(['diff', '--format', 'json', earlier, later])).stdout);
    assert.deepEqual(json.sites.map(({ change, liveBefore, liveAfter }) => [change, liveBefore, liveAfter]), [['grown', 10, 412]]);
    assert.equal((await leakline(['diff', '--fail-on', 'leak', earlier, later])).code, 1);
    assert.equal((await leakline(['diff', '--fail-on', 'leak', later, later])).code, 0, 'there, but not grown');
  });

  it('names a file that is no snapshot', async () => {
    const file = saved('check.json', checkResult());
    const result = await leakline(['diff', saved('a.json', snapshot()), file]);
    assertRefused(result, /diff compares snapshots, and it is a check result/, /LEAKLINE_REPORT/);
    assert.ok(result.stderr.includes(file));
  });
});

function saved(name, value) {
  const file = path.join(folder, name);
  fs.writeFileSync(file, JSON.stringify(value));
  return file;
}

// What is wrong, what to do, and no stack.
function assertRefused({ code, stdout, stderr }, problem, hint) {
  assert.equal(code, 2, stderr);
  assert.equal(stdout, '');
  const [first, second, ...rest] = stderr.split('\n');
  assert.match(first, /^leakline: /);
  assert.match(first, problem);
  assert.match(second, hint);
  assert.deepEqual(rest, ['']);
}

function quoted(file) {
  return file.includes(' ') ? JSON.stringify(file) : file;
}
