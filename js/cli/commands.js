'use strict';

/**
 * The commands, in the order help lists them. Each has `summary` (one line), `usage` (lines), `options` (for
 * node:util's parseArgs, with `value` and `help` for people) and `run(args, commands)`, which returns the exit code
 * or a promise of it. `notes` (lines) and `ownArgs(args)` (those before a program's name) are optional.
 */
module.exports = {
  run: require('./run'),
  test: require('./test'),
  report: require('./report'),
  diff: require('./diff'),
  ps: require('./ps'),
  top: require('./top'),
  mark: require('./mark'),
  watch: require('./watch'),
  attach: require('./attach'),
  detach: require('./detach'),
  on: require('./on'),
  off: require('./off'),
  case: require('./case'),
  metrics: require('./metrics'),
  rules: require('./rules'),
  dashboard: require('./dashboard'),
  heap: require('./heap'),
  retainers: require('./retainers'),
  doctor: require('./doctor'),
  help: require('./help'),
};
