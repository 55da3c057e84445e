'use strict';

/** What is recorded, as instruments of OpenTelemetry: by the API that the program has, and whatever SDK is behind it. */

const path = require('node:path');

const { error } = require('../base/errors.js');
const { handleOf } = require('../base/handle.js');
const { isSandbox, requireMain } = require('../base/realm.js');
const { attributesOf, placesOf } = require('./otel-attributes.js');

const NAME = '@opentelemetry/api';

/**
 * By instrument: how it is made, its family, its unit, and what its attributes are made of. Names as the semantic
 * conventions have them; `nodejs.*` and `v8js.*` belong to the runtime's own instrumentation.
 */
const INSTRUMENTS = {
  'leakline.registration.live': ['createObservableUpDownCounter', 'leakline_live', '{registration}', 'Registrations that are unreleased.'],
  'leakline.registration.count': ['createObservableCounter', 'leakline_registered', '{registration}', 'Registrations.'],
  'leakline.registration.released': ['createObservableCounter', 'leakline_released', '{registration}', 'Registrations that ended in order.'],
  'leakline.registration.collected': ['createObservableCounter', 'leakline_collected', '{registration}', 'Registrations that ended with their owner.'],
  'leakline.site.count': ['createObservableGauge', 'leakline_sites', '{site}', 'Creation stacks by verdict and by whose code they are.'],
  'leakline.site.live': ['createObservableGauge', 'leakline_site_live', '{registration}', 'Unreleased registrations of a suspicious site.'],
  'leakline.site.entries': ['createObservableGauge', 'leakline_site_entries', '{entry}', 'Entries in the collections of a suspicious site.'],
  'leakline.site.growth': ['createObservableGauge', 'leakline_site_growth_per_hour', '{registration}/h', 'Growth of a suspicious site.'],
  'leakline.heap.used': ['createObservableGauge', 'leakline_heap_used_bytes', 'By', 'V8\'s heap after its last major collection.'],
  'leakline.heap.growth': ['createObservableGauge', 'leakline_heap_growth_bytes_per_hour', 'By/h', 'Growth of heap and external memory together.'],
  'leakline.previous_end.count': ['createObservableGauge', 'leakline_previous_ends', '{run}', 'Earlier runs of this service, by how they ended.'],
  'leakline.native_memory': ['createObservableGauge', 'leakline_native_bytes', 'By', 'Memory that leakline takes.'],
};

/**
 * Registers observable instruments that ask leakline when the SDK collects: one list of families a collection.
 *
 * @param {{ api?: object, meterProvider?: object }} [options]
 * @returns {{ unregister(): void }}
 */
function registerOtel(options = {}) {
  if (typeof options !== 'object' || options === null) throw error('ERR_LEAKLINE_OPTION', 'options', 'an object', options);
  const { api, meterProvider } = options;
  const meter = providerOf(api, meterProvider).getMeter('leakline', require('../../package.json').version);
  const { isRecording, families, expectFamilies } = isSandbox ? requireMain('api/core.js') : require('./core.js');
  const instruments = Object.entries(INSTRUMENTS).map(([name, [create, family, unit, description]]) => [meter[create](name, { unit, description }), family]);
  const observe = (result) => {
    // Before start() and after stop() there is nothing to say, and no reason to fail a collection.
    if (!isRecording()) return;
    const found = new Map(families().map((family) => [family.name, family.samples]));
    const places = placesOf(found.get('leakline_site_info') ?? []);
    for (const [instrument, family] of instruments) {
      for (const { labels, value } of found.get(family) ?? []) result.observe(instrument, value, attributesOf(labels, places));
    }
  };
  const all = instruments.map(([instrument]) => instrument);
  meter.addBatchObservableCallback(observe, all);
  expectFamilies();
  return handleOf('unregister', () => meter.removeBatchObservableCallback(observe, all));
}

module.exports = { registerOtel };

function providerOf(api, provider) {
  if (provider !== undefined) {
    if (typeof provider?.getMeter === 'function') return provider;
    throw error('ERR_LEAKLINE_OPTION', 'meterProvider', 'a MeterProvider of OpenTelemetry, which has getMeter()', provider);
  }
  const found = api ?? loaded();
  if (typeof found?.metrics?.getMeter === 'function') return found.metrics;
  throw error('ERR_LEAKLINE_OPTION', 'api', `the module ${NAME}, which has metrics.getMeter()`, api);
}

/** The application's own copy: two copies of the API know different SDKs. */
function loaded() {
  const main = process.argv[1];
  const paths = [...(main ? [path.dirname(path.resolve(main))] : []), process.cwd(), __dirname];
  try {
    return require(require.resolve(NAME, { paths }));
  } catch (reason) {
    throw error('ERR_LEAKLINE_OTEL', reason.code === 'MODULE_NOT_FOUND' ? 'it is not installed' : reason.message);
  }
}
