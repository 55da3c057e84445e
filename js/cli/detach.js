'use strict';

const { error } = require('../base/errors');
const { checkPort, inProcess } = require('./attach');
const { checkInspectable, checkReachable, pidOf } = require('./flight/reachable');
const { print } = require('./output');
const { parse } = require('./parse');

const summary = 'switch leakline off again in a process that it was attached to';

const usage = ['leakline detach PID'];

const notes = ['Its flight file stays, and says that recording was stopped.'];

async function run(args) {
  const { positionals } = parse('detach', {}, args);
  if (positionals.length !== 1) throw error('ERR_LEAKLINE_USAGE', `detach takes one process, got ${positionals.length}.`, 'detach');
  const pid = pidOf('detach', positionals[0]);
  checkReachable('detach', pid);
  const port = checkInspectable(pid);
  await checkPort(pid, port);
  const { value } = await inProcess(pid, port, 'end');
  if (!value) throw error('ERR_LEAKLINE_PROCESS', pid, 'nothing records there', `Run 'leakline attach ${pid}' to begin.`);
  print(`leakline is off in process ${pid}, which is as it was before.`);
  return 0;
}

module.exports = { summary, usage, options: {}, notes, run };
