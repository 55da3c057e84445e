'use strict';

// What `leakline rules` and `leakline dashboard` print, held against Prometheus' own tools where they are installed.

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { ensurePrometheus } = require('../.scripts/ensure');
const { cleanEnvironment, runNode, root, temporaryFolder } = require('./support/run');

const cli = path.join(root, 'js', 'cli', 'index.js');
const { reason } = ensurePrometheus();

const service = String.raw`
  const http = require('node:http');
  const { EventEmitter } = require('node:events');
  const leakline = require(process.argv[1]);
  leakline.start({ mode: 'full' });
  const bus = new EventEmitter().setMaxListeners(0);
  const leak = setInterval(() => bus.on('tick', () => {}), 20);
  http.createServer((request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end(leakline.metrics({ openMetrics: request.url === '/open' }));
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
  process.stdin.on('end', () => { clearInterval(leak); process.exit(0); }).resume();
`;

describe('metrics()', () => {
  it('passes promtool, and counts what is live', { skip: reason }, async () => {
    const child = spawn(process.execPath, ['-e', service, path.join(root, 'js')], { stdio: ['pipe', 'pipe', 'inherit'], env: cleanEnvironment() });
    try {
      const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
      const scrape = async (way = '') => (await fetch(`http://127.0.0.1:${line.trim()}/${way}`)).text();
      const live = (text) => Number(/^leakline_live\{kind="listener"\} (\d+)$/m.exec(text)?.[1]);
      const first = await scrape();
      execFileSync('promtool', ['check', 'metrics'], { input: first, stdio: ['pipe', 'pipe', 'pipe'] });
      let later = first;
      while (!(live(later) > live(first) + 5)) later = await scrape();
      assert.match(await scrape('open'), /# TYPE leakline_registered counter[^]*# EOF\n$/);
    } finally {
      child.stdin.end();
      await once(child, 'close');
    }
  });

  it('registers with a client of prom-client\'s shape, one snapshot a scrape', async () => {
    const leakline = require('../js');
    const made = [];
    class Metric {
      constructor(configuration) {
        Object.assign(this, configuration);
        made.push(this);
      }

      reset() {
        this.values = [];
      }

      set(labels, value) {
        this.values.push([labels, value]);
      }

      inc(labels, value) {
        this.values.push([labels, value]);
      }
    }
    leakline.start({ mode: 'full' });
    try {
      leakline.registerMetrics({ Gauge: Metric, Counter: class extends Metric {}, register: { registerMetric() {} } });
      for (const metric of made) metric.collect();
      // prom-client refuses a label that was not named before.
      for (const { name, labelNames, values } of made) for (const [labels] of values) assert.deepEqual(Object.keys(labels), labelNames, name);
      const sites = made.find(({ name }) => name === 'leakline_sites');
      assert.equal(sites.values.length, 12, 'zeros are there too');
      assert.deepEqual(sites.labelNames, ['verdict', 'owner']);
      assert.ok(made.some(({ name }) => name === 'leakline_registered_total'), 'prom-client wants a counter by its whole name');
      for (const bad of [undefined, {}, { Gauge: Metric, Counter: Metric, register: 1 }]) {
        assert.throws(() => leakline.registerMetrics(bad), { code: 'ERR_LEAKLINE_OPTION' });
      }
    } finally {
      leakline.stop();
    }
    // A scrape is of one turn.
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
    for (const metric of made) metric.collect();
    assert.deepEqual(made.flatMap(({ values }) => values), [], 'after stop() a scrape has none, and does not fail');
    assert.throws(() => leakline.registerMetrics({ Gauge: Metric, Counter: Metric, register: { registerMetric() {} } }), { code: 'ERR_LEAKLINE_NOT_STARTED' });
  });
});

describe('leakline metrics', () => {
  const { fileOf, startService, until } = require('./support/flight');

  it('serves those of a process from its flight file, also when it has died', { skip: process.platform === 'win32' && 'no signals on Windows' }, async () => {
    const directory = path.join(temporaryFolder(), 'flights');
    const one = startService(directory);
    await one.ready;
    await fileOf(one, directory);
    const sidecar = spawn(process.execPath, [cli, 'metrics', directory, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'], env: cleanEnvironment() });
    try {
      const [line] = await once(sidecar.stdout.setEncoding('utf8'), 'data');
      const [, url] = /at (http:\/\/127\.0\.0\.1:\d+\/metrics)$/m.exec(line);
      const scrape = async (headers = {}) => (await fetch(url, { headers })).text();
      const up = (text) => new RegExp(`^leakline_process_up\\{service="[^"]*",host="[^"]*",pid="${one.pid}"\\} (\\d)$`, 'm').exec(text)?.[1];
      const first = await scrape();
      assert.equal(up(first), '1', first);
      assert.match(first, new RegExp(`^leakline_live\\{service="[^"]*",host="[^"]*",pid="${one.pid}",kind="listener"\\} \\d+$`, 'm'));
      assert.match(await scrape({ accept: 'application/openmetrics-text' }), /# EOF\n$/);
      if (!reason) execFileSync('promtool', ['check', 'metrics'], { input: first, stdio: ['pipe', 'pipe', 'pipe'] });
      assert.equal((await fetch(new URL('/', url))).status, 404);
      assert.equal((await fetch(url, { method: 'POST' })).status, 405);
      one.child.kill('SIGKILL');
      await one.ended;
      const after = await until('it is seen to be gone', async () => {
        const text = await scrape();
        return up(text) === '0' && text;
      });
      assert.match(after, /^leakline_previous_ends\{service="[^"]*",reason="(killed|oom_kill)"\} 1$/m);
    } finally {
      one.child.kill('SIGKILL');
      sidecar.kill();
      await once(sidecar, 'close');
    }
    const printed = await runNode([cli, 'metrics', directory]);
    assert.match(printed.stdout, /^leakline_process_up\{/m);
    for (const [args, message] of [[['a', 'b'], /takes one directory/], [['--port', '70000'], /--port must be/], [['--host', '::1'], /--host needs --port/], [['/nowhere'], /There is no directory/]]) {
      const { code, stderr } = await runNode([cli, 'metrics', ...args]);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });
});

describe('leakline rules', () => {
  it('prints rules that pass their own test', { skip: reason }, async () => {
    const folder = temporaryFolder();
    const rules = await runNode([cli, 'rules']);
    const test = await runNode([cli, 'rules', '--test']);
    assert.deepEqual([rules.code, test.code], [0, 0], rules.stderr + test.stderr);
    fs.writeFileSync(path.join(folder, 'rules.yml'), rules.stdout);
    fs.writeFileSync(path.join(folder, 'rules.test.yml'), test.stdout);
    execFileSync('promtool', ['check', 'rules', 'rules.yml'], { cwd: folder, stdio: 'pipe' });
    execFileSync('promtool', ['test', 'rules', 'rules.test.yml'], { cwd: folder, stdio: 'pipe' });
  });

  it('has rules of a case that pass their own test, whatever the label', { skip: reason }, async () => {
    const { site, snapshot } = require('./support/values');
    const folder = temporaryFolder();
    const label = `Bus '{{ .Value }}": - # <b>\n%'`;
    fs.writeFileSync(path.join(folder, 'r.json'), JSON.stringify(snapshot([site({ label })])));
    const { code, stderr } = await runNode([cli, 'case', 'r.json', '--out', 'case'], { cwd: folder });
    assert.equal(code, 0, stderr);
    const cwd = path.join(folder, 'case');
    for (const args of [['check', 'rules', 'rules.yml'], ['test', 'rules', 'rules.test.yml']]) execFileSync('promtool', args, { cwd, stdio: 'pipe' });
  });

  it('takes no file', async () => {
    const { code, stdout, stderr } = await runNode([cli, 'rules', 'here.yml']);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /rules takes no file, got 1/);
  });
});

describe('leakline dashboard', () => {
  it('prints JSON with a query in each panel', async () => {
    const { code, stdout, stderr } = await runNode([cli, 'dashboard']);
    assert.equal(code, 0, stderr);
    const { panels, schemaVersion, templating } = JSON.parse(stdout);
    assert.equal(schemaVersion, 42);
    assert.deepEqual(templating.list.map(({ name }) => name), ['datasource', 'job']);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { title, targets } of panels) assert.match(targets[0].expr, /leakline_\w+/, title);
  });
});
