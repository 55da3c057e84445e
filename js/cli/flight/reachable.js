'use strict';

/** Whether a command may do something in another process, asked before anything is sent there. */

const fs = require('node:fs');

const { error } = require('../../base/errors');
const { environmentOf, isThere } = require('./files');

const PORT = 9229;

/** The pid of an argument. */
function pidOf(command, text) {
  if (/^[1-9]\d{0,9}$/.test(text ?? '')) return Number(text);
  throw error('ERR_LEAKLINE_USAGE', `${command} takes the pid of a process, got ${text === undefined ? 'nothing' : `'${text}'`}.`, command);
}

/** That it is there, this user's, and sees the same files. */
function checkReachable(command, pid) {
  const refuse = (reason, hint) => {
    throw error('ERR_LEAKLINE_PROCESS', pid, reason, hint);
  };
  if (pid === process.pid) refuse('it is this command itself', 'Name the process of a service.');
  if (!isThere(pid)) refuse('there is no such process', "Run 'leakline ps' for those that record.");
  if (process.platform !== 'linux') return;
  const uid = statusOf(pid, 'Uid')?.split('\t')[1];
  if (uid === undefined) refuse('what it is cannot be read', 'Run this as its user.');
  if (Number(uid) !== process.geteuid()) {
    refuse(`it is of user ${uid}, and this is user ${process.geteuid()}: leakline goes into no process of another user`, `Run this as user ${uid}.`);
  }
  if (linkOf(pid, 'ns/mnt') !== linkOf('self', 'ns/mnt')) {
    refuse('it is in another container, where leakline\'s files are not', `Run this inside of that container, as by 'docker exec' or 'kubectl exec'.`);
  }
}

/**
 * That it is a Node process that opens its inspector on SIGUSR1, as far as that can be seen.
 * @returns {number} the port that its inspector will listen on
 */
function checkInspectable(pid) {
  const refuse = (reason, hint) => {
    throw error('ERR_LEAKLINE_PROCESS', pid, reason, hint);
  };
  if (process.platform !== 'linux') return PORT;
  // Any other program is ended by SIGUSR1.
  const program = linkOf(pid, 'exe') ?? '';
  const isNode = program === fs.realpathSync(process.execPath) || /(^|\/)node(js)?[\d.-]*( \(deleted\))?$/.test(program);
  if (!isNode) refuse(`it runs ${program || 'no program that can be seen'}, and no Node`, 'Name the Node process itself, not the shell or the manager that started it.');
  const options = `${environmentOf(pid)?.NODE_OPTIONS ?? ''} ${commandLineOf(pid)}`;
  if (/--(experimental-)?permission(=|\s|$)/.test(options)) {
    refuse("it runs under Node's permission model, which forbids the inspector", 'Start it with LEAKLINE=standby or LEAKLINE=1, and --allow-addons.');
  }
  if (/--disable-sigusr1(\s|$)/.test(options) || !catches(pid, 10)) {
    refuse('it does not open an inspector: it was started with --disable-sigusr1, or has just begun', 'Start it with LEAKLINE=standby, or without that option.');
  }
  if (linkOf(pid, 'ns/net') !== linkOf('self', 'ns/net')) {
    refuse('it is in another network, where its inspector cannot be reached', 'Run this inside of that container.');
  }
  // The last one counts.
  const ports = [...options.matchAll(/--(?:inspect-port|debug-port|inspect)[= ](?:[^\s:]+:)?(\d+)/g)];
  return Number(ports.at(-1)?.[1] ?? PORT);
}

/** Whether a process handles a signal. */
function catches(pid, signal) {
  const caught = statusOf(pid, 'SigCgt');
  return caught !== undefined && (BigInt(`0x${caught}`) >> BigInt(signal - 1) & 1n) === 1n;
}

module.exports = { pidOf, checkReachable, checkInspectable, catches };

function statusOf(pid, name) {
  try {
    return new RegExp(`^${name}:\\t(.*)$`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

function linkOf(pid, name) {
  try {
    return fs.readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return null;
  }
}

function commandLineOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
