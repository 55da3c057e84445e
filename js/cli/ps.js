'use strict';

const fs = require('node:fs');

const { error } = require('../base/errors');
const { directories, environmentOf, fileOfProcess, listFlights, readFlight } = require('./flight/files');
const { bytes, duration, state } = require('./flight/words');
const { print } = require('./output');
const { parse } = require('./parse');

const summary = 'list the processes that record, and those that did and have ended';

const usage = ['leakline ps [OPTIONS] [DIR]'];

const options = {
  all: { type: 'boolean', help: 'look into other containers too, by /proc/PID/root' },
  running: { type: 'boolean', help: 'leave out those that have ended' },
  json: { type: 'boolean', help: 'print JSON: a list, the newest first' },
};

const notes = [
  'DIR is where flight files are: LEAKLINE_FLIGHT or LEAKLINE_DIR, else where leakline puts them.',
  'The exit code is 1 when there is none.',
];

function run(args) {
  const { values, positionals } = parse('ps', options, args);
  if (positionals.length > 1) throw error('ERR_LEAKLINE_USAGE', `ps takes one directory, got ${positionals.length}.`, 'ps');
  const [directory] = positionals;
  if (directory !== undefined && !fs.existsSync(directory)) {
    throw error('ERR_LEAKLINE_USAGE', `There is no directory '${directory}'.`, 'ps');
  }
  const searched = directories(directory);
  const found = [...listFlights(searched), ...(values.all ? elsewhere() : [])];
  const flights = found.filter(({ runs }) => runs || !values.running);
  if (values.json) print(JSON.stringify(flights, null, 2));
  else if (flights.length > 0) print(table(flights));
  else process.stderr.write(`leakline: no process records: there is no flight file in ${searched.join(' or ')}\n`);
  return flights.length > 0 ? 0 : 1;
}

module.exports = { summary, usage, options, notes, run };

/** Flight files of processes in other containers. */
function elsewhere() {
  const own = linkOf('self');
  const others = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
    .filter((pid) => linkOf(pid) !== null && linkOf(pid) !== own && environmentOf(pid)?.LEAKLINE);
  return others.flatMap((pid) => {
    const file = fileOfProcess(pid);
    if (file === null) return [];
    return [{ ...readFlight(file, { pid, brief: true }), outerPid: pid }];
  });
}

function linkOf(pid) {
  try {
    return fs.readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return null;
  }
}

function table(flights) {
  const rows = flights.map((flight) => [
    String(flight.outerPid ?? flight.identity.pid),
    flight.identity.package ?? baseName(flight.identity.script),
    duration(flight.uptimeMs),
    String(flight.leaks),
    bytes(flight.vitals.rss),
    state(flight),
    flight.path,
  ]);
  const heads = ['PID', 'SERVICE', 'RECORDED', 'LEAKS', 'RSS', 'STATE', 'FILE'];
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at].length)));
  const isNumber = [true, false, true, true, true, false, false];
  const line = (row) => row.map((cell, at) => (isNumber[at] ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join('  ').trimEnd();
  return [heads, ...rows].map(line).join('\n');
}

function baseName(file) {
  return file === '' ? '–' : file.slice(file.lastIndexOf('/') + 1);
}
