'use strict';

/** A recording before a fix against one after it. */

const { error } = require('../../base/errors');
const { load } = require('../../base/native');
const { print } = require('../output');
const { flightOf, naming, read, shapeOf } = require('../read');
const { factsIn, writeCase } = require('./documents');
const { sideOf, thinned } = require('./make');

function compare([before, after], values) {
  const [one, other] = [before, after].map(recording);
  const facts = values.case === undefined ? null : factsIn(values.case);
  if (values.case !== undefined && facts === null) throw error('ERR_LEAKLINE_CASE', values.case, 'there is no case in it', 'Name the folder that leakline case has written.');
  const fingerprint = values.site ?? facts?.leak.fingerprint ?? firstLeak(one, before);
  const text = naming(`${before} and ${after}`, () => load().caseCompare(JSON.stringify(one), JSON.stringify(other), fingerprint));
  const comparison = JSON.parse(text);
  if (facts !== null) writeCase(values.case, { ...facts, comparison });
  print(values.json ? JSON.stringify(comparison) : table(comparison, fingerprint));
  return 0;
}

module.exports = { compare };

function recording(file) {
  const flight = flightOf(file, { command: 'case', course: true });
  const snapshot = flight?.snapshot ?? read(file);
  if (shapeOf(snapshot) !== 'snapshot') throw error('ERR_LEAKLINE_SNAPSHOT', file, 'recordings are compared, and it is none');
  return { side: sideOf(flight, file, snapshot), snapshot, course: thinned(flight?.course) ?? {} };
}

function firstLeak({ snapshot }, file) {
  const subject = JSON.parse(naming(file, () => load().caseSubject(JSON.stringify(snapshot), false, null)));
  if (subject !== null) return subject.leak.fingerprint;
  throw Object.assign(error('ERR_LEAKLINE_CASE', file, 'nothing in it is a leak or a suspect', 'Name the recording before the fix first, or a line with --site.'), { exitCode: 1 });
}

/** `99 % less`; a dash where there is no sense in a share. */
function changeOf(improvement) {
  if (improvement === null || improvement === undefined) return '–';
  const share = Math.abs(Math.round(improvement));
  return share === 0 ? 'unchanged' : `${share} % ${improvement < 0 ? 'more' : 'less'}`;
}

function table({ rows }, fingerprint) {
  const cells = [['', 'BEFORE', 'AFTER', 'CHANGE'], ...rows.map(({ name, before, after, improvement }) => [name, before, after, changeOf(improvement)])];
  const widths = cells[0].map((_, at) => Math.max(...cells.map((row) => row[at].length)));
  const lines = cells.map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ').trimEnd());
  return [`of fingerprint ${fingerprint}`, ...lines].join('\n');
}
