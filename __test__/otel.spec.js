'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const leakline = require('..');
const { registerOtel } = require('../js/api/otel');
const { runNode, root, temporaryFolder } = require('./support/run');

/** A meter of OpenTelemetry's shape that keeps what it was given. */
function createMeter() {
  const instruments = new Map();
  const callbacks = new Set();
  const create = (kind) => (name, options) => {
    const instrument = { name, kind, ...options };
    instruments.set(name, instrument);
    return instrument;
  };
  const meter = {
    createObservableGauge: create('gauge'),
    createObservableCounter: create('counter'),
    createObservableUpDownCounter: create('updown'),
    addBatchObservableCallback: (callback) => callbacks.add(callback),
    removeBatchObservableCallback: (callback) => callbacks.delete(callback),
  };
  const collect = () => {
    const observed = [];
    for (const callback of callbacks) callback({ observe: ({ name }, value, attributes) => observed.push({ name, value, attributes }) });
    return observed;
  };
  return { provider: { getMeter: (name, version) => (assert.equal(name, 'leakline'), assert.match(version, /^\d/), meter) }, instruments, collect };
}

describe('leakline/otel', () => {
  it('observes what is recorded, and nothing while leakline is off', () => {
    const { provider, instruments, collect } = createMeter();
    const registration = registerOtel({ meterProvider: provider });
    assert.deepEqual(collect(), [], 'off');
    leakline.start({ mode: 'full' });
    try {
      const bus = new EventEmitter();
      bus.on('tick', () => {});
      const observed = collect();
      const live = observed.find(({ name, attributes }) => name === 'leakline.registration.live' && attributes['leakline.kind'] === 'listener');
      assert.ok(live.value >= 1);
      assert.equal(observed.filter(({ name }) => name === 'leakline.site.count').length, 12, 'zeros are there too');
      assert.equal(observed.filter(({ name }) => name === 'leakline.previous_end.count').length, 5);
      assert.deepEqual([instruments.get('leakline.registration.live').kind, instruments.get('leakline.registration.count').kind], ['updown', 'counter']);
      for (const { unit, description } of instruments.values()) assert.ok(unit && description);
      registration.unregister();
      assert.deepEqual(collect(), [], 'ended');
    } finally {
      leakline.stop();
    }
  });

  it('names the line of a suspicious site', () => {
    const { placesOf, attributesOf } = require('../js/api/otel-attributes');
    const places = placesOf([{ labels: [['site', 'aa'], ['kind', 'listener'], ['label', "Bus 'x'"], ['location', 'src/a b.js:12:7'], ['verdict', 'leak']], value: 1, function: 'attach' }]);
    assert.deepEqual(attributesOf([['site', 'aa']], places), {
      'leakline.site.fingerprint': 'aa', 'leakline.kind': 'listener', 'leakline.label': "Bus 'x'", 'code.file.path': 'src/a b.js', 'code.line.number': 12,
      'code.function.name': 'attach',
    });
  });

  it('takes the API of the application, and says so where there is none', async () => {
    const folder = temporaryFolder();
    const module = path.join(folder, 'node_modules', '@opentelemetry', 'api');
    fs.mkdirSync(module, { recursive: true });
    const program = path.join(folder, 'app.js');
    fs.writeFileSync(program, `require(${JSON.stringify(path.join(root, 'js', 'api', 'otel.js'))}).registerOtel();`);
    fs.writeFileSync(path.join(module, 'index.js'), "exports.metrics = { getMeter: (name) => { console.log('meter of', name); process.exit(0); } };");
    const there = await runNode([program], { cwd: root });
    assert.equal(there.stdout, 'meter of leakline\n', there.stderr);
    fs.rmSync(module, { recursive: true });
    const { code, stderr } = await runNode([program], { cwd: folder });
    assert.equal(code, 1);
    assert.match(stderr, /leakline\/otel needs @opentelemetry\/api: it is not installed/);
    assert.match(stderr, /ERR_LEAKLINE_OTEL/);
    for (const bad of [{ api: {} }, { meterProvider: 1 }]) assert.throws(() => registerOtel(bad), { code: 'ERR_LEAKLINE_OPTION' });
  });
});
