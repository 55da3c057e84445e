'use strict';

const { error } = require('../base/errors');
const { parse } = require('./parse');

const summary = 'print a dashboard for Grafana';

const usage = ['leakline dashboard > leakline.json'];

const options = {};

const notes = ['Import the file in Grafana and choose the Prometheus data source that scrapes leakline.metrics().'];

// Each panel: a title, its query, the legend of a series, and the unit of its axis. Two panels a row.
const panels = [
  ['Lines that leak', 'sum by (instance, owner) (leakline_sites{verdict="leak", job=~"$job"})', '{{instance}} {{owner}}', 'short'],
  ['Suspects', 'sum by (instance, owner) (leakline_sites{verdict="suspect", job=~"$job"})', '{{instance}} {{owner}}', 'short'],
  ['Unreleased, by kind', 'sum by (kind) (leakline_live{job=~"$job"})', '{{kind}}', 'short'],
  ['Registrations a second, by kind', 'sum by (kind) (rate(leakline_registered_total{job=~"$job"}[5m]))', '{{kind}}', 'ops'],
  [
    'Fastest growing lines, an hour',
    'topk(10, leakline_site_growth_per_hour{job=~"$job"} * on (job, instance, site) group_left (kind, location) leakline_site_info)',
    '{{kind}} {{location}}',
    'short',
  ],
  ['Heap after collections', 'leakline_heap_used_bytes{job=~"$job"}', '{{instance}}', 'bytes'],
  ['Ends of earlier runs', 'sum by (instance, reason) (leakline_previous_ends{job=~"$job"})', '{{instance}} {{reason}}', 'short'],
  ['leakline\'s own memory', 'leakline_native_bytes{job=~"$job"}', '{{instance}}', 'bytes'],
];

function run(args) {
  const { positionals } = parse('dashboard', options, args);
  if (positionals.length > 0) throw error('ERR_LEAKLINE_USAGE', `dashboard takes no file, got ${positionals.length}.`, 'dashboard');
  process.stdout.write(`${JSON.stringify(dashboard(), null, 2)}\n`);
  return 0;
}

module.exports = { summary, usage, options, notes, run, panels };

function dashboard() {
  const datasource = { type: 'prometheus', uid: '${datasource}' };
  return {
    title: 'leakline',
    uid: 'leakline',
    tags: ['nodejs', 'memory'],
    schemaVersion: 42,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        {
          name: 'job', type: 'query', label: 'Job', datasource, query: { query: 'label_values(leakline_info, job)', refId: 'job' },
          includeAll: true, multi: true, refresh: 2, current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels: panels.map(([title, expr, legendFormat, unit], n) => ({
      id: n + 1,
      title,
      type: 'timeseries',
      datasource,
      gridPos: { h: 8, w: 12, x: (n % 2) * 12, y: Math.floor(n / 2) * 8 },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: [{ refId: 'A', datasource, expr, legendFormat }],
    })),
  };
}
