'use strict';

const fs = require('node:fs');
const { gzipSync } = require('node:zlib');

const { clean } = require('../base/clean');
const { error } = require('../base/errors');
const { load } = require('../base/native');
const output = require('./output');
const { parse } = require('./parse');
const { joined } = require('./flight/at');
const { headline, state: wordsOf } = require('./flight/words');
const { flightOf, naming, read, shapeNameOf, shapeOf } = require('./read');

const summary = 'print a report that was saved as JSON, or the last state in a flight file';

const usage = [
  'leakline report [OPTIONS] FILE.json',
  'leakline report [OPTIONS] - < FILE.json',
  'leakline report [OPTIONS] FILE.lkf|PID [--at -2h]',
  'leakline report [OPTIONS] FILE FILE…',
];

const notes = [
  'Several files are several processes of one service: what leaks in each is reported once.',
  'A page (--html) of a flight file has charts of its history.',
];

const options = {
  ...output.options,
  at: { type: 'string', value: 'TIME', help: 'of a flight file: the state so long before the last, -2h, or at a date' },
  pprof: { type: 'string', value: 'FILE', help: 'write a profile for pprof to a file, compressed by gzip, and print nothing' },
  allow: { type: 'string', value: 'FILE', help: 'a configuration with the leaks that are accepted' },
  baseline: { type: 'string', value: 'FILE', help: 'an earlier snapshot: what leaked there is accepted' },
};

function run(args) {
  const { values, positionals } = parse('report', options, joined(args));
  const settings = output.settings('report', values);
  const verdicts = output.failing('report', values);
  if (positionals.length === 0) throw error('ERR_LEAKLINE_USAGE', 'report takes a file, got none.', 'report');
  const file = positionals.join(' and ');
  const which = { command: 'report', at: values.at, course: settings.format === 'html' };
  const flight = positionals.length === 1 ? flightOf(file, which) : undefined;
  const value = marked(flight?.snapshot ?? (positionals.length === 1 ? read(file) : together(positionals, which)), values, file);
  if (values.pprof !== undefined) {
    writeProfile(value, values.pprof, file);
  } else {
    if (flight) introduce(flight, value, settings);
    output.print(naming(file, () => rendered(value, settings, flight?.course)));
  }
  return hasFailure(value, verdicts) ? 1 : 0;
}

module.exports = { summary, usage, options, notes, run };

/** The states of several processes as one. */
function together(files, which) {
  const all = files.map((file) => {
    const flight = flightOf(file, which);
    const snapshot = flight?.snapshot ?? read(file);
    if (shapeOf(snapshot) !== 'snapshot') {
      throw error('ERR_LEAKLINE_SNAPSHOT', file, `several files are reported as one where each is a snapshot, and it is ${shapeNameOf(snapshot)}`);
    }
    const { pid } = snapshot.process;
    const state = flight === undefined ? '' : ` on ${flight.identity.host}, which ${wordsOf(flight)}`;
    return { name: `process ${pid}${state} (${file})`, snapshot };
  });
  return JSON.parse(naming(files.join(' and '), () => load().together(JSON.stringify(all))));
}

/** Says whose the state is and how that process ended: above a text, in JSON among the notes. */
function introduce(flight, value, { format }) {
  if (format === 'text') output.print(`${headline(flight).join('\n')}\n\n`);
  else value.notes = [...headline(flight), ...value.notes];
}

function marked(value, { allow, baseline }, file) {
  if (allow === undefined && baseline === undefined) return value;
  if (shapeOf(value) !== 'snapshot') {
    throw error('ERR_LEAKLINE_USAGE', `--${allow === undefined ? 'baseline' : 'allow'} is for snapshots, and ${file} is none.`, 'report');
  }
  const { allowedLeaks } = require('../engine/allowed.js');
  const native = load();
  return JSON.parse(native.markAllowed(JSON.stringify(value), JSON.stringify(allowedLeaks(native, { allow, baseline }))));
}

function writeProfile(value, target, file) {
  if (shapeOf(value) !== 'snapshot') {
    throw error('ERR_LEAKLINE_USAGE', `--pprof is for snapshots, and ${file} is none.`, 'report');
  }
  const profile = Buffer.from(naming(file, () => load().pprof(JSON.stringify(value))), 'base64');
  try {
    fs.writeFileSync(target, gzipSync(profile));
  } catch (reason) {
    throw error('ERR_LEAKLINE_USAGE', `Cannot write ${clean(target)}: ${clean(reason.message)}.`, 'report');
  }
}

/** What `leakline test --json` wrote is a value of the command's, not of the API. */
function rendered(value, settings, course) {
  if (shapeOf(value) === 'tests') return require('./test-summary').rendered(value, settings);
  if (course === undefined) return require('../index.js').report(value, settings);
  const source = settings.source ? 'below' : 'none';
  return load().report(JSON.stringify(value), JSON.stringify({ ...settings, source, cwd: process.cwd(), course }));
}

function hasFailure(value, verdicts) {
  if (shapeOf(value) === 'tests') return verdicts.includes('leak') && value.leaks.some(({ outcome }) => outcome === 'failed');
  // What a check found grew in every round: certain. It left packages out of `leaked` by itself.
  if (shapeOf(value) === 'check') return verdicts.includes('leak') && value.leaked;
  return value.sites.some((site) => output.isFailure(site, verdicts));
}
