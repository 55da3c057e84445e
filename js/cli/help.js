'use strict';

const { error } = require('../base/errors');

const summary = 'print this, or what a command takes';
const usage = ['leakline help [COMMAND]'];

/**
 * @param {string[]} args
 * @param {Record<string, object>} commands all there are
 */
function run([name], commands) {
  if (name !== undefined && !Object.hasOwn(commands, name)) {
    throw error('ERR_LEAKLINE_USAGE', `There is no command '${name}'.`);
  }
  process.stdout.write(name === undefined ? overview(commands) : details(commands[name]));
  return 0;
}

/** What `leakline --help` prints. */
function overview(commands) {
  const rows = Object.entries(commands).map(([name, command]) => [name, command.summary]);
  return lines(
    'leakline names the line that leaks.',
    '',
    'usage',
    '  leakline COMMAND [OPTIONS]',
    '',
    'commands',
    ...columns(rows),
    '',
    'options',
    ...columns([['--help, -h', 'print this; after a command, what it takes'], ['--version, -v', 'print the version']]),
  );
}

module.exports = { summary, usage, options: {}, run, overview };

function details(command) {
  const rows = Object.entries(command.options).map(([name, option]) => [
    `--${name}${option.value ? ` ${option.value}` : ''}`,
    option.help,
  ]);
  return lines(
    `${command.summary[0].toUpperCase()}${command.summary.slice(1)}.`,
    '',
    'usage',
    ...command.usage.map((line) => `  ${line}`),
    ...(rows.length > 0 ? ['', 'options', ...columns(rows)] : []),
    ...(command.notes ? ['', ...command.notes] : []),
  );
}

function columns(rows) {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function lines(...all) {
  return `${all.join('\n')}\n`;
}
