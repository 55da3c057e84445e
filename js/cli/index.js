#!/usr/bin/env node
'use strict';

const commands = require('./commands');
const help = require('./help');
const { clean } = require('../base/clean');
const { error } = require('../base/errors');

// Exit codes: 0 all well; 1 leaks found; 2 wrong use, or an unreadable file; `run` and `test` exit as their child does, with
// 126 and 127 where it cannot be run or is not found.
main(process.argv.slice(2)).then((code) => {
  // Not process.exit(): a pipe may still have to take what was written.
  process.exitCode = code;
});

async function main(args) {
  quietWhenNobodyReads();
  try {
    return await dispatch(args);
  } catch (reason) {
    process.stderr.write(oneLine(reason));
    return reason?.exitCode ?? 2;
  }
}

function dispatch([first, ...rest]) {
  if (first === '--version' || first === '-v') {
    process.stdout.write(`${require('../../package.json').version}\n`);
    return 0;
  }
  if (first === undefined) {
    process.stderr.write(help.overview(commands));
    return 2;
  }
  if (first === '--help' || first === '-h') return help.run([], commands);
  // Own names only: `leakline toString` is no command.
  if (!Object.hasOwn(commands, first)) throw error('ERR_LEAKLINE_USAGE', `There is no command '${first}'.`);
  const command = commands[first];
  if (asksForHelp(command, rest)) return help.run([first], commands);
  return command.run(rest, commands);
}

// What follows a program's name belongs to that program.
function asksForHelp(command, args) {
  const own = command.ownArgs?.(args) ?? args;
  return own.includes('--help') || own.includes('-h');
}

function oneLine(reason) {
  if (!reason?.code?.startsWith?.('ERR_LEAKLINE_')) return `leakline: ${clean(String(reason?.message ?? reason))}\n`;
  // The message ends with the hint; here each has its own line.
  const what = reason.hint ? reason.message.slice(0, -reason.hint.length).trimEnd() : reason.message;
  return `leakline: ${what}\n${reason.hint ? `  ${reason.hint}\n` : ''}`;
}

// `leakline report big.json | head` is no failure.
function quietWhenNobodyReads() {
  process.stdout.on('error', (reason) => {
    if (reason.code !== 'EPIPE') throw reason;
    process.exit(0);
  });
}
