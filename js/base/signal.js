'use strict';

/** The signal that asks for something, as LEAKLINE_SIGNAL has it: `SIGUSR2` for a report, `SIGUSR2:retainers` for a look at the heap. */

const os = require('node:os');

/** Completes "must be". */
const SIGNAL_RULE = 'a signal that can be caught, such as SIGUSR2, or SIGUSR2:retainers for a look at the heap';

/**
 * @param {string} text
 * @returns {{ number: number, name: string, retainers: boolean } | undefined} undefined for what is none
 */
function signalIn(text) {
  const [, name, what] = /^(SIG\w+)(?::(\w+))?$/.exec(text) ?? [];
  const isCaught = name !== undefined && Object.hasOwn(os.constants.signals, name) && !['SIGKILL', 'SIGSTOP'].includes(name);
  if (!isCaught || (what !== undefined && what !== 'retainers')) return undefined;
  return { number: os.constants.signals[name], name, retainers: what === 'retainers' };
}

module.exports = { SIGNAL_RULE, signalIn };
