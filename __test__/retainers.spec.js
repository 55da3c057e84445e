'use strict';

// Who retains what: in the program itself, asked for by a command, and by a signal.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { inChild } = require('./support/child');
const { fileOf, leakline, startService, until } = require('./support/flight');
const { temporaryFolder } = require('./support/run');

const onWindows = process.platform === 'win32' && 'signals are not sent on Windows';

describe('retainers()', () => {
  let found;

  before(async () => {
    found = (await inChild('heap/retained.js')).value;
  });

  it('refuses the pause that nobody allowed, and says what it costs and what to type', () => {
    assert.match(found.refused.pause, /^ERR_LEAKLINE_PAUSE .* heap of \d+ MB takes up to a second and \d+ MB of memory.*retainers\(\{ pause: true \}\)/);
  });

  it('refuses what it cannot look for, and a second look beside the first', () => {
    const { option, class: ofClass, fingerprint, second } = found.refused;
    assert.match(option, /^ERR_LEAKLINE_OPTION of must be an object, a class/);
    assert.match(ofClass, /^ERR_LEAKLINE_HEAP_OF .*no object of the snapshot has this class/);
    assert.match(fingerprint, /^ERR_LEAKLINE_HEAP_OF .*no site of the recording has this fingerprint/);
    assert.match(second, /^ERR_LEAKLINE_RETAINERS .*another look is under way/);
  });

  it('refuses where memory would not do', () => {
    assert.match(found.refused.memory, /^ERR_LEAKLINE_MEMORY .*takes some \d+ MB .*can have 48 MB more/);
  });

  for (const [where, of] of [['the main thread', () => found], ['a worker', () => found.inWorker]]) {
    describe(`in ${where}`, () => {
      it('says what holds an object, and not that who asks does', () => {
        const [held] = of().object.sites;
        assert.match(held.label, /^Map @\d+$/);
        assert.equal(held.heldBy, 'module __test__/fixtures/heap/retained.js › carts: Object › [key]: Cart › items: Map');
        assert.deepEqual(held.retainers.map(({ name, edge }) => `${edge}: ${name}`), [': module __test__/fixtures/heap/retained.js', 'carts: Object', '[key]: Cart', 'items: Map']);
        assert.ok(held.retained > 500 && held.retained < 10_000, `${held.retained}`);
      });

      it('says what holds each site that is reported, and what retains most', () => {
        const { accused } = of();
        const held = accused.sites.find(({ kind }) => kind === 'connection');
        assert.deepEqual([held.verdict, held.live, held.objects], ['suspect', 300, 300]);
        assert.equal(held.heldBy, 'module __test__/fixtures/heap/retained.js › carts: Object › [key]: Connection');
        assert.ok(accused.largest.some(({ held: { text } }) => text === 'module __test__/fixtures/heap/retained.js › carts: Object'), JSON.stringify(accused.largest.map((each) => each.held.text)));
        const own = accused.largest.filter(({ held: { text } }) => /js\/(recording|hooks|engine)\//.test(text));
        assert.deepEqual(own, []);
        assert.ok(accused.own > 100_000, `${accused.own}`);
        assert.ok(accused.cost.tookMs >= accused.cost.pausedMs && !accused.cost.forked);
      });
    });
  }

  it('finds the objects of a class', () => {
    const { selected, sites, largest } = found.ofClass;
    assert.deepEqual([selected.count, selected.objects.length, sites, largest], [300, 1, [], []]);
    assert.equal(selected.ways[0].held.text, 'module __test__/fixtures/heap/retained.js › carts: Object › [key]: Cart');
  });

  it('finds the listeners of a site on an emitter that is older', () => {
    const [held, ...others] = found.listeners.sites;
    assert.equal(others.length, 0);
    assert.deepEqual([held.kind, held.live, held.objects], ['listener', 300, 300]);
    assert.match(held.heldBy, /^module __test__\/fixtures\/heap\/retained\.js › bus: EventEmitter › /);
  });

  it('names the sites of other threads that it does not see', () => {
    assert.ok(found.accused.notes.some((note) => note.includes('each thread has a heap of its own')), JSON.stringify(found.accused.notes));
  });

  it('is a value that report() writes', () => {
    assert.match(found.text, /^what holds what is reported$/m);
    assert.match(found.text, /300 live, .* retained\n.*made at .*retained\.js:\d+:14\n.*held by {2}module .* › carts: Object › \[key\]: Connection\n/);
    assert.match(found.text, /^leakline's own: .*, not listed$/m);
  });

  it('knows what retains most where nothing is recorded', () => {
    assert.deepEqual([found.unrecorded.sites, found.unrecorded.largest.length], [[], 1]);
    assert.match(found.unrecorded.notes[0], /nothing is recorded here/);
  });
});

describe('leakline retainers PID', { skip: onWindows }, () => {
  const folder = temporaryFolder();
  const directory = path.join(folder, 'flights');
  const env = { LEAKLINE_DIR: directory };
  const file = path.join(folder, 'report.json');
  let service;

  before(async () => {
    service = startService(directory, { env: { LEAKLINE_SIGNAL: 'SIGUSR2:retainers', LEAKLINE_REPORT: file } });
    await service.ready;
    await fileOf(service, directory);
  });

  after(() => service.child.kill('SIGKILL'));

  it('asks for leave first', async () => {
    const { code, stdout, stderr } = await leakline(['retainers', String(service.pid)], { env });
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /leakline: retainers\(\) must be allowed to stop this thread: .*\n.*--pause/);
  });

  it('prints the answer of the process, and leaves no file', async () => {
    const { value } = await leakline(['retainers', '--pause', '--json', '--top', '3', String(service.pid)], { json: true, env });
    assert.deepEqual([value.type, value.pid, value.largest.length], ['retainers', service.pid, 3]);
    assert.deepEqual(fs.readdirSync(directory).filter((name) => /retain/.test(name)), []);
  });

  it('passes on what the process refuses', async () => {
    const { code, stderr } = await leakline(['retainers', '--pause', '--of', 'NoSuchClass', String(service.pid)], { env });
    assert.equal(code, 2);
    assert.match(stderr, /no object of the snapshot has this class/);
  });

  it('LEAKLINE_SIGNAL=SIGUSR2:retainers writes it beside the report', async () => {
    service.child.kill('SIGUSR2');
    const written = path.join(folder, 'report.retainers.json');
    await until('the answer is written', () => fs.existsSync(written));
    const value = JSON.parse(fs.readFileSync(written, 'utf8'));
    assert.deepEqual([value.type, value.pid], ['retainers', service.pid]);
    assert.equal(fs.existsSync(file), false);
    assert.equal(service.printed.stderr, '');
  });

  it('says that a process that has ended cannot be asked', async () => {
    service.child.kill('SIGKILL');
    await service.ended;
    const { code, stderr } = await leakline(['retainers', '--pause', (await fileOf(service, directory))], { env });
    assert.equal(code, 2);
    assert.match(stderr, /A heap is looked at while its process runs/);
  });
});
