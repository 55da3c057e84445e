'use strict';

const { error } = require('../base/errors');
const { ask } = require('./flight/standby');
const { print } = require('./output');
const { parse } = require('./parse');

const summary = 'switch leakline off in a process that was started with LEAKLINE=standby';

const usage = ['leakline off PID'];

const notes = ['Its flight file stays, and says that recording was stopped.'];

async function run(args) {
  const { positionals } = parse('off', {}, args);
  if (positionals.length !== 1) throw error('ERR_LEAKLINE_USAGE', `off takes one process, got ${positionals.length}.`, 'off');
  const { pid } = await ask('off', positionals[0]);
  print(`leakline is off in process ${pid}, and on standby again.`);
  return 0;
}

module.exports = { summary, usage, options: {}, notes, run };
