'use strict';

// What other tools make of leakline's metrics and profiles, where they are installed: a server of Prometheus, a collector
// of OpenTelemetry (`pip install rotel`), and Go's pprof. Minutes, so with LEAKLINE_LONG only.

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { URLSearchParams } = require('node:url');

const { ensurePrometheus } = require('../.scripts/ensure');
const { which } = require('../.scripts/exec');
const { freePort } = require('../.scripts/free-port');
const { ensurePackages } = require('../.scripts/projects');
const { until } = require('./support/flight');
const { cleanEnvironment, root, runNode, temporaryFolder } = require('./support/run');
const { site, snapshot } = require('./support/values');

const cli = path.join(root, 'js', 'cli', 'index.js');
const isLong = Boolean(process.env.LEAKLINE_LONG);
const long = 'with LEAKLINE_LONG';

/** Leaks a listener each 20 ms, or adds and removes some hundred again and again. */
const SERVICE = String.raw`
  const http = require('node:http');
  const leakline = require(process.argv[1]);
  leakline.start({ mode: 'full' });
  const bus = new (require('node:events'))().setMaxListeners(0);
  const listener = () => {};
  if (process.argv[2] === 'leak') setInterval(() => bus.on('tick', () => {}), 20);
  else setInterval(() => (bus.listenerCount('tick') < 300 ? bus.on('tick', listener) : bus.removeAllListeners('tick')), 20);
  // The heap is known after major collections.
  setInterval(() => leakline.snapshot({ gc: true }), 2000);
  http.createServer((request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end(leakline.metrics());
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

async function service(how) {
  const child = spawn(process.execPath, ['-e', SERVICE, path.join(root, 'js'), how], { stdio: ['ignore', 'pipe', 'inherit'], env: cleanEnvironment() });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, port: Number(line) };
}

describe('Prometheus', { skip: isLong ? ensurePrometheus().reason ?? (which('prometheus') === null && 'prometheus has no server here') : long }, () => {
  it('scrapes a leaking service: the alert fires, not on a saw-tooth, and each panel has an answer', async () => {
    const folder = temporaryFolder();
    const all = [await service('leak'), await service('saw-tooth')];
    const [leak, saw] = all;
    const { panels } = require('../js/cli/dashboard');
    const rules = (await runNode([cli, 'rules'])).stdout.replaceAll(/for: \d+m/g, 'for: 0s');
    fs.writeFileSync(path.join(folder, 'rules.yml'), rules);
    fs.writeFileSync(path.join(folder, 'prometheus.yml'), JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      scrape_configs: [{ job_name: 'api', static_configs: [{ targets: all.map(({ port }) => `127.0.0.1:${port}`) }] }],
    }));
    const port = await freePort();
    const server = spawn(which('prometheus'), [
      '--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${port}`, '--log.level=error',
    ], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
    try {
      const ask = async (query) => {
        const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?${new URLSearchParams({ query })}`).catch(() => undefined);
        // It does not listen yet, or reads its files.
        if (response === undefined || response.status === 503) return [];
        const { status, data, error } = await response.json();
        assert.equal(status, 'success', error);
        return data.result;
      };
      await until('it answers', async () => (await ask('vector(1)')).length > 0);
      const from = performance.now();
      const [alert] = await until('the alert fires', async () => {
        const found = await ask('ALERTS{alertname="LeaklineLeak", alertstate="firing"}');
        return found.length > 0 && found;
      });
      assert.ok(performance.now() - from < 90_000, 'within a minute, as far as this machine goes');
      assert.equal(alert.metric.instance, `127.0.0.1:${leak.port}`);
      assert.deepEqual((await ask(`ALERTS{instance="127.0.0.1:${saw.port}"}`)), []);

      const recorded = snapshot();
      const [startedAt, takenAt] = [new Date(Date.now() - 120_000), new Date()].map((at) => at.toISOString());
      fs.writeFileSync(path.join(folder, 'r.json'), JSON.stringify({ ...recorded, process: { ...recorded.process, startedAt, takenAt } }));
      const made = await runNode([cli, 'case', 'r.json', '--prom', `http://127.0.0.1:${port}`, '--out', 'case'], { cwd: folder });
      assert.equal(made.code, 0, made.stderr);
      const { facts } = JSON.parse(fs.readFileSync(path.join(folder, 'case', 'case.json'), 'utf8'));
      assert.equal(facts.prometheus.alert, 'LeaklineLeak', facts.prometheus.problem);
      assert.ok(facts.prometheus.at >= startedAt && facts.prometheus.at <= takenAt, facts.prometheus.at);
      assert.match(fs.readFileSync(path.join(folder, 'case', 'case.md'), 'utf8'), /LeaklineLeak/);
      for (const [title, expr] of panels) assert.ok((await ask(expr.replaceAll('$job', '.*'))).length > 0, title);
    } finally {
      for (const { child } of all) child.kill();
      server.kill();
      await once(server, 'close');
    }
  });
});

describe('OpenTelemetry', () => {
  /** The agent of the wheel, wherever that is installed. */
  const agent = () => {
    const say = 'import rotel, os; print(os.path.join(os.path.dirname(rotel.__file__), "rotel-agent"))';
    for (const python of [process.env.LEAKLINE_TEST_PYTHON, 'python3'].filter(Boolean)) {
      try {
        return execFileSync(python, ['-c', say], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
      } catch {
        // Not in this one.
      }
    }
    return undefined;
  };
  const rotel = isLong ? agent() : undefined;

  it('a collector receives the metrics', { skip: isLong ? rotel === undefined && 'rotel is not installed (pip install --pre rotel)' : long }, async () => {
    const packages = ensurePackages('otel', { '@opentelemetry/api': '1.9.0', '@opentelemetry/sdk-metrics': '2.2.0', '@opentelemetry/exporter-metrics-otlp-http': '0.208.0' });
    const folder = fs.mkdtempSync(path.join(packages, 'run-'));
    const [http, grpc] = [await freePort(), await freePort()];
    fs.writeFileSync(path.join(folder, 'app.js'), `
      const { MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
      const { OTLPMetricExporter } = require('@opentelemetry/exporter-metrics-otlp-http');
      const leakline = require(${JSON.stringify(path.join(root, 'js'))});
      leakline.start({ mode: 'full' });
      const exporter = new OTLPMetricExporter({ url: 'http://127.0.0.1:${http}/v1/metrics' });
      const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
      require('@opentelemetry/api').metrics.setGlobalMeterProvider(provider);
      require(${JSON.stringify(path.join(root, 'js', 'api', 'otel.js'))}).registerOtel();
      provider.forceFlush().then(() => process.exit());
    `);
    const server = spawn(rotel, ['start', '--otlp-http-endpoint', `127.0.0.1:${http}`, '--otlp-grpc-endpoint', `127.0.0.1:${grpc}`, '--exporter', 'blackhole', '--debug-log', 'metrics'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    try {
      await until('it listens', () => output.includes('Starting'));
      const { code, stderr } = await runNode(['app.js'], { cwd: folder });
      assert.equal(code, 0, stderr);
      await until('it has received them', () => /Received metrics.*metrics.*=.*\d/.test(output));
    } finally {
      server.kill();
      await once(server, 'close');
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('go tool pprof', { skip: isLong ? which('go') === null && 'go is not installed' : long }, () => {
  it('reads the profile', async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'r.json'), JSON.stringify(snapshot([site(), site({ live: 5, fingerprint: '00000000000000bb' })])));
    assert.equal((await runNode([cli, 'report', '--pprof', 'p.gz', 'r.json'], { cwd: folder })).code, 0);
    const text = execFileSync('go', ['tool', 'pprof', '-top', 'p.gz'], { cwd: folder, encoding: 'utf8', env: { ...process.env, GOTOOLCHAIN: 'local', HOME: folder } });
    assert.match(text, /Type: inuse_objects/);
    assert.match(text, /417 +100% +100% +417 +100% +attach/);
  });
});
