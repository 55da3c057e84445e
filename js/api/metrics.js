'use strict';

/** What is recorded, as metrics of a client library that the program has already. */

const { error } = require('../base/errors.js');

/**
 * Registers gauges and counters that ask leakline when they are collected, once a scrape.
 *
 * @param {() => object[]} families what `native.metricFamilies` says, parsed
 * @param {any} client the module `prom-client`, or one of its shape
 * @param {any} registry where to register; the client's own by default
 */
function registerMetrics(families, client, registry = client?.register) {
  for (const name of ['Gauge', 'Counter']) {
    if (typeof client?.[name] !== 'function') throw error('ERR_LEAKLINE_OPTION', 'client', `prom-client, which has ${name}`, client);
  }
  if (typeof registry?.registerMetric !== 'function') throw error('ERR_LEAKLINE_OPTION', 'registry', 'a registry of prom-client', registry);
  const scrape = oncePerTurn(families);
  for (const { name, type, help, samples } of families()) {
    const Metric = type === 'counter' ? client.Counter : client.Gauge;
    new Metric({
      // prom-client wants a counter's whole name, as its text format has it.
      name: type === 'counter' ? `${name}_total` : name,
      help,
      labelNames: labelNames(name, samples),
      registers: [registry],
      collect() {
        this.reset();
        const now = scrape().find((family) => family.name === name);
        for (const { labels, value } of now.samples) this[type === 'counter' ? 'inc' : 'set'](Object.fromEntries(labels), value);
      },
    });
  }
}

module.exports = { registerMetrics };

// A scrape collects all metrics in one turn of the event loop: one snapshot serves them all.
function oncePerTurn(families) {
  let taken = null;
  return () => {
    if (taken === null) {
      taken = families();
      queueMicrotask(() => setImmediate(() => (taken = null)).unref?.());
    }
    return taken;
  };
}

// Families of sites have no series while nothing is suspicious, and get theirs later; those of the heap have no label.
function labelNames(name, samples) {
  if (samples.length > 0) return samples[0].labels.map(([label]) => label);
  if (name.startsWith('leakline_heap_')) return [];
  return name === 'leakline_site_info' ? ['site', 'kind', 'label', 'location', 'verdict'] : name.startsWith('leakline_site_') ? ['site'] : ['kind'];
}
