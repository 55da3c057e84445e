'use strict';

const fs = require('node:fs');
const { setTimeout: wait } = require('node:timers/promises');

const { error } = require('../base/errors');
const { isFlightFile, isThere, readFlight, target } = require('./flight/files');
const { duration } = require('./flight/words');
const output = require('./output');
const { number, parse } = require('./parse');

const summary = 'say who retains what in a process that records, or in a heap snapshot of V8';

const usage = ['leakline retainers [OPTIONS] --pause PID', 'leakline retainers [OPTIONS] FILE.heapsnapshot'];

const options = {
  of: { type: 'string', value: 'WHAT', help: 'only objects of a class, @ID, FILE:LINE, or a fingerprint' },
  top: { type: 'string', value: 'N', help: 'entries of each list, 1 to 1000 (10)' },
  pause: { type: 'boolean', help: 'the process may stop meanwhile, and take twelve times its heap' },
  json: { type: 'boolean', help: 'print JSON' },
  color: output.options.color,
  'no-color': output.options['no-color'],
  width: output.options.width,
};

const notes = [
  'Of a process: what holds the objects of each accused site, and what retains most beside these.',
  'It stops for some 60 to 110 ms for each MB of its heap.',
  'It answers from its event loop, so not while that is blocked.',
  'Without --pause it says what it would cost.',
];

/** A process that has not taken the request by then is stopped, or its event loop is blocked. */
const TAKEN_MS = 30_000;
/** V8 takes minutes for a heap of gigabytes. */
const ANSWER_MS = 30 * 60_000;
const QUIET_MS = 500;

async function run(args) {
  const { values, positionals } = parse('retainers', options, args);
  if (positionals.length !== 1) throw error('ERR_LEAKLINE_USAGE', `retainers takes one process or file, got ${positionals.length}.`, 'retainers');
  const top = number('retainers', 'top', values.top, { min: 1, max: 1000 }) ?? 10;
  const { color, width } = output.settings('retainers', values);
  const text = { color, width, cwd: process.cwd() };
  const [what] = positionals;
  const isProcess = (/^\d+$/.test(what) && !fs.existsSync(what)) || isFlightFile(what);
  output.print(isProcess ? await ofProcess(what, values, top, text) : ofFile(what, values, top, text));
  return 0;
}

module.exports = { summary, usage, options, notes, run };

function ofFile(file, { of, json }, top, text) {
  const answer = JSON.parse(native().heapFiles(JSON.stringify({
    files: [file],
    of,
    top,
    retainers: true,
    progress: process.stderr.isTTY === true,
    format: json ? 'json' : 'text',
    text,
  })));
  if (answer.error) throw error(answer.error.code, ...answer.error.args);
  return answer.output;
}

/** Asks by a file beside the flight file, as `leakline mark` does; the answer is another one. */
async function ofProcess(text, { of, pause = false, json }, top, how) {
  const { file, pid: named } = target(text);
  const flight = readFlight(file, { pid: named, brief: true });
  const pid = named ?? flight.identity.pid;
  if (!flight.runs) throw error('ERR_LEAKLINE_PROCESS', pid, `it ${flight.ended.text}`, 'A heap is looked at while its process runs.');
  const [request, answer] = ['.retainers', '.retained'].map((ending) => file.replace(/\.lkf$/, ending));
  const unfinished = `${request}.${process.pid}`;
  for (const old of [answer, request]) fs.rmSync(old, { force: true });
  fs.writeFileSync(unfinished, JSON.stringify({ of, top, pause }), { mode: 0o600, flag: 'wx' });
  fs.renameSync(unfinished, request);
  try {
    const found = JSON.parse(await answered(pid, request, answer));
    if (found.error) throw error(found.error.code, ...found.error.args);
    return native().report(JSON.stringify(found), JSON.stringify({ ...how, format: json ? 'json' : 'text' }));
  } finally {
    for (const old of [answer, request]) fs.rmSync(old, { force: true });
  }
}

async function answered(pid, request, answer) {
  const begun = Date.now();
  const progress = createProgress(pid, begun);
  try {
    for (;;) {
      const passed = Date.now() - begun;
      const text = textOf(answer);
      if (text !== null) return text;
      if (!isThere(pid)) throw error('ERR_LEAKLINE_PROCESS', pid, 'it ended before it answered', `See 'leakline report ${pid}'.`);
      if (passed > TAKEN_MS && fs.existsSync(request)) {
        throw error('ERR_LEAKLINE_PROCESS', pid, 'it did not take the request in time: it is stopped, or its disk stands still', `See 'leakline top ${pid}'.`);
      }
      if (passed > ANSWER_MS) throw error('ERR_LEAKLINE_PROCESS', pid, 'it did not answer in time: its event loop is blocked', `See 'leakline top ${pid}'.`);
      progress.show();
      await wait(50);
    }
  } finally {
    progress.end();
  }
}

/** A line on a terminal that says for how long the answer is waited for. */
function createProgress(pid, begun) {
  let shown = null;
  return {
    show() {
      const passed = Date.now() - begun;
      const line = `\r\u001b[2Kleakline: process ${pid}: waiting for its answer, ${duration(passed)}`;
      if (!process.stderr.isTTY || passed < QUIET_MS || line === shown) return;
      shown = line;
      process.stderr.write(line);
    },
    end() {
      if (shown !== null) process.stderr.write('\r\u001b[2K');
    },
  };
}

function textOf(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (reason) {
    if (reason.code === 'ENOENT') return null;
    throw error('ERR_LEAKLINE_FILE', file, reason.message);
  }
}

function native() {
  return require('../base/native').load();
}
