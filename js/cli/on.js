'use strict';

const { error } = require('../base/errors');
const { ask } = require('./flight/standby');
const { print } = require('./output');
const { oneOf, parse } = require('./parse');

const summary = 'switch leakline on in a process that was started with LEAKLINE=standby';

const usage = ['leakline on [OPTIONS] PID'];

const options = {
  mode: { type: 'string', value: 'MODE', help: 'full, adaptive or counts: how much is recorded (adaptive)' },
};

const notes = ['What was made before is not seen. The process gets SIGUSR2, or what LEAKLINE_STANDBY_SIGNAL says.'];

async function run(args) {
  const { values, positionals } = parse('on', options, args);
  if (positionals.length !== 1) throw error('ERR_LEAKLINE_USAGE', `on takes one process, got ${positionals.length}.`, 'on');
  const mode = oneOf('on', 'mode', values.mode, ['full', 'adaptive', 'counts']) ?? 'adaptive';
  const { pid } = await ask('on', positionals[0], { mode });
  print(`leakline records process ${pid} from now on; what was made before is not seen.\n  leakline top ${pid}\n  leakline off ${pid}`);
  return 0;
}

module.exports = { summary, usage, options, notes, run };
