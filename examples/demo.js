'use strict';

const path = require('node:path');
const { checkVariant, COLOR } = require('./check');
const { difference, expectedLeaks, exampleNames, foundByLine, isBesides, isSameLeak } = require('./expected');
const { missing } = require('./needs');

/** What has become of that which there is more of after each call. */
const fates = { map: 'kept', set: 'kept', array: 'kept', handle: 'left open', pool: 'not given back' };

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

async function main(args) {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage());
    return;
  }
  const [name = 'task-processor', ...rest] = args;
  if (!exampleNames().includes(name) || rest.length > 0) {
    console.error(rest.length > 0 ? 'one example at a time, please' : `there is no example '${name}'`);
    console.error(usage());
    process.exitCode = 2;
    return;
  }
  const reason = missing(name);
  if (reason !== undefined) {
    console.error(`${name} cannot run: ${reason}`);
    process.exitCode = 2;
    return;
  }

  const leaky = await checkVariant(name, 'leaky', { report: true });
  const fixed = await checkVariant(name, 'fixed', { report: true });
  if (!summarize(name, leaky, fixed)) process.exitCode = 1;
}

function usage() {
  return `usage: node examples/demo.js [example]

Checks the leaky variant of an example, then the fixed one, and says whether every leak was found.
Examples: ${exampleNames().join(', ')}. Default: task-processor.
Exit code: 0 when all was found and nothing else, 1 when not, 2 when the command line is wrong or something that the
example needs is missing.`;
}

/** Prints what was to be found and what was; true if the two agree. */
function summarize(name, leaky, fixed) {
  console.log(`\n${paint('1', `Summary of ${name}`)}`);
  const expected = expectedLeaks(name);
  const found = foundByLine(leaky);
  let agrees = true;

  for (const leak of expected) {
    const match = found.find((candidate) => isSameLeak(leak, candidate));
    const problem = match && difference(leak, match);
    if (match === undefined || problem !== undefined) agrees = false;
    console.log(summaryLine(leak, match, problem));
  }

  const others = found.filter((each) => !expected.some((leak) => isSameLeak(leak, each)));
  const held = others.filter((each) => isBesides(name, each));
  if (held.length > 0) console.log(`besides: ${held.length} more, held by the leaks above`);
  for (const { kind, file, line } of others.filter((each) => !held.includes(each))) {
    agrees = false;
    console.log(`${paint('31', 'NOT EXPECTED')}  ${placed(file, line)}  ${kind}`);
  }

  if (fixed.leaked) agrees = false;
  console.log(`fixed: ${fixed.leaked ? paint('31', `${fixed.leaks.length} reported, NONE EXPECTED`) : 'no leak'}`);
  return agrees;
}

function summaryLine({ leak, file, line, kind, growth, perIteration, insertedAt }, match, problem) {
  const name = `leak ${leak.join(', ')}`.padEnd(9);
  const unit = growth === 'entries' ? (perIteration === 1 ? 'entry' : 'entries') : (fates[kind] ?? 'unreleased');
  if (match === undefined) return `${name} ${paint('31', 'MISSED')}  ${placed(file, line)}  ${kind}, +${perIteration} ${unit} a call`;
  const filled = insertedAt ? `, inserted at ${placed(insertedAt.file, insertedAt.line)}` : '';
  const count = `+${Number(match.perIteration.toFixed(2))} ${unit} a call, ${match.total} in all`;
  if (problem === undefined) return `${name} ${paint('32', 'found')}   ${placed(file, line)}  ${kind}, ${count}${filled}`;
  return `${name} ${paint('31', 'WRONG')}   ${placed(file, line)}  ${kind}, ${count}: ${problem}`;
}

function placed(file, line) {
  return `${path.relative('', file)}:${line}`;
}

function paint(code, text) {
  return COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
}
