'use strict';

const path = require('node:path');
const { expectedLeaks, exampleNames, foundByLine, isSameLeak } = require('./expected');

const CHECK = { warmup: 3, rounds: 5, iterations: 10 };
const CALLS = CHECK.warmup + CHECK.rounds * CHECK.iterations;
const IS_TERMINAL = process.stdout.isTTY === true;
const COLOR = IS_TERMINAL && !process.env.NO_COLOR;

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

  const leaky = await checkVariant(name, 'leaky');
  const mended = await checkVariant(name, 'mended');
  if (!summarize(name, leaky, mended)) process.exitCode = 1;
}

function usage() {
  return `usage: node examples/demo.js [example]

Checks the leaky variant of an example, then the mended one, and tells whether every leak was found.
Examples: ${exampleNames().join(', ')}. Default: task-processor.
Exit code: 0 when all was found and nothing else, 1 when not, 2 when the command line is wrong.`;
}

/** The whole use of leakline: start it, set up the service, check one round trip, print the report. */
async function checkVariant(name, variant) {
  const leakline = require('..'); // here, so that --help needs no build
  const scenario = require(`./${name}/${variant}/scenario`);
  heading(`${scenario.name}: ${CHECK.rounds} rounds of ${CHECK.iterations} calls, after ${CHECK.warmup} to warm up`);

  leakline.start({ mode: 'full' });
  await scenario.setup();
  const progress = startProgress();
  const result = await leakline.check(() => {
    progress.step();
    return scenario.iterate();
  }, CHECK);
  progress.end();
  await scenario.teardown();
  leakline.stop();

  console.log(leakline.report(result, { color: COLOR }).trimEnd());
  return result;
}

/** Prints what was to be found and what was; true if the two agree. */
function summarize(name, leaky, mended) {
  heading(`Summary of ${name}`);
  const found = foundByLine(leaky);
  let agrees = true;

  for (const expected of expectedLeaks(name)) {
    const match = found.find((candidate) => isSameLeak(expected, candidate));
    const isExact = match !== undefined && Math.abs(match.perIteration - expected.perIteration) < 1e-6;
    if (!isExact) agrees = false;
    console.log(summaryLine(expected, match, isExact));
  }

  if (mended.leaked) agrees = false;
  console.log(`mended: ${mended.leaked ? paint('31', `${mended.leaks.length} reported, NONE EXPECTED`) : 'no leak'}`);
  return agrees;
}

function summaryLine({ leak, file, line, kind, growth, perIteration }, match, isExact) {
  const place = `${path.relative('', file)}:${line}`;
  const name = `leak ${leak.join(', ')}`.padEnd(9);
  const unit = growth === 'entries' ? 'entries' : 'unreleased';
  const wanted = `+${perIteration} ${unit} a call`;
  if (match === undefined) return `${name} ${paint('31', 'MISSED')}  ${place}  ${kind}, ${wanted}`;
  const count = `+${Number(match.perIteration.toFixed(2))} ${unit} a call, ${match.total} in all`;
  if (isExact) return `${name} ${paint('32', 'found')}   ${place}  ${kind}, ${count}`;
  return `${name} ${paint('31', 'WRONG')}   ${place}  ${kind}, ${count}; expected ${wanted}`;
}

function heading(text) {
  console.log(`\n${paint('1', text)}`);
}

/** One line that updates itself on a terminal; elsewhere a line a round, so that a log stays readable. */
function startProgress() {
  let calls = 0;
  return {
    step() {
      calls++;
      const measured = calls - CHECK.warmup;
      if (IS_TERMINAL) process.stdout.write(`\r\x1b[K  call ${calls} of ${CALLS}`);
      else if (measured > 0 && measured % CHECK.iterations === 1) {
        console.log(`  round ${Math.ceil(measured / CHECK.iterations)} of ${CHECK.rounds}`);
      }
    },
    end() {
      if (IS_TERMINAL) process.stdout.write('\r\x1b[K');
    },
  };
}

function paint(code, text) {
  return COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
}
