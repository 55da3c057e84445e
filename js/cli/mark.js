'use strict';

const fs = require('node:fs');
const { setTimeout: wait } = require('node:timers/promises');

const { error } = require('../base/errors');
const { isMarkName, MARK_RULE } = require('../base/flight');
const { readFlight, target } = require('./flight/files');
const { time } = require('./flight/words');
const { print } = require('./output');
const { parse } = require('./parse');

const summary = 'name the state that a process is in now, to compare a later one with it';

const usage = ['leakline mark [OPTIONS] PID [NAME]'];

const options = { json: { type: 'boolean', help: 'print JSON: the mark' } };

const notes = [
  'NAME is mark unless given; of several with one name the last counts.',
  "'leakline diff PID NAME' shows what was left since. It works while the event loop is blocked.",
];

/** The recorder looks once a second, and less often with very many sites. */
const LIMIT_MS = 30_000;

async function run(args) {
  const { values, positionals } = parse('mark', options, args);
  const [process, name = 'mark'] = positionals;
  if (positionals.length < 1 || positionals.length > 2) {
    throw error('ERR_LEAKLINE_USAGE', `mark takes a process and a name, got ${positionals.length} arguments.`, 'mark');
  }
  if (!isMarkName(name)) throw error('ERR_LEAKLINE_USAGE', `NAME must be ${MARK_RULE}, got '${name}'.`, 'mark');
  const { file, pid } = target(process);
  const before = readFlight(file, { pid, brief: true });
  const whose = pid ?? before.identity.pid;
  if (!before.runs) throw error('ERR_LEAKLINE_PROCESS', whose, `it ${before.ended.text}`, 'Compare its last state with another file by leakline diff.');
  const mark = await marked(file, name, before);
  if (mark === undefined) {
    throw error('ERR_LEAKLINE_PROCESS', whose, 'it did not set the mark in time: it is stopped, or its disk stands still', `See 'leakline top ${whose}'.`);
  }
  print(values.json ? JSON.stringify(mark, null, 2) : `marked '${mark.name}' at ${time(mark.atUnixMs)}: leakline diff ${process} ${mark.name}`);
  return 0;
}

module.exports = { summary, usage, options, notes, run };

/** Asks by a file beside the flight file, and waits until the mark is in that. */
async function marked(file, name, before) {
  const request = file.replace(/\.lkf$/, '.mark');
  const unfinished = `${request}.${process.pid}`;
  fs.writeFileSync(unfinished, name, { mode: 0o600, flag: 'wx' });
  fs.renameSync(unfinished, request);
  const known = before.marks.length === 0 ? 0 : Math.max(...before.marks.map(({ atMs }) => atMs));
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await wait(100)) {
    const mark = readFlight(file, { brief: true }).marks.findLast((each) => each.name === name && each.atMs > known);
    if (mark) return mark;
  }
  fs.rmSync(request, { force: true });
  return undefined;
}
