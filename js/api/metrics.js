'use strict';

/** What is recorded, as metrics of a client library that the program has already. */

const { error } = require('../base/errors.js');

/**
 * Registers gauges and counters that ask leakline when they are collected, once a scrape. After stop() they have no series,
 * and the scrape does not fail.
 *
 * @param {{ schema: () => object[], families: () => object[], isRecording: () => boolean }} source what there can be, and
 * what there is
 * @param {any} client the module `prom-client`, or one of its shape
 * @param {any} registry where to register; the client's own by default
 */
function registerMetrics({ schema, families, isRecording }, client, registry = client?.register) {
  for (const name of ['Gauge', 'Counter']) {
    if (typeof client?.[name] !== 'function') throw error('ERR_LEAKLINE_OPTION', 'client', `prom-client, which has ${name}`, client);
  }
  if (typeof registry?.registerMetric !== 'function') throw error('ERR_LEAKLINE_OPTION', 'registry', 'a registry of prom-client', registry);
  const scrape = oncePerTurn(() => (isRecording() ? new Map(families().map(({ name, samples }) => [name, samples])) : new Map()));
  for (const { name, type, help, labels } of schema()) {
    const Metric = type === 'counter' ? client.Counter : client.Gauge;
    new Metric({
      // prom-client wants a counter's whole name, as its text format has it.
      name: type === 'counter' ? `${name}_total` : name,
      help,
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, value } of scrape().get(name) ?? []) this[type === 'counter' ? 'inc' : 'set'](Object.fromEntries(labels), value);
      },
    });
  }
}

module.exports = { registerMetrics };

// A scrape collects all metrics in one turn of the event loop: one list of families serves them all.
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
