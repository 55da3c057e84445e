'use strict';

// Checks one variant of an example in a process of its own, and says the parent what was found:
//
//   const result = await checkVariant('redis-cache', 'leaky', { report: true });
//
// Of its own, because leakline has to be there before what it is to see: ioredis, for one, copies EventEmitter's methods
// when it is loaded, and sees no more of what happens to them afterwards.

const { fork } = require('node:child_process');

const CHECK = { warmup: 3, rounds: 5, iterations: 10 };
const CALLS = CHECK.warmup + CHECK.rounds * CHECK.iterations;
const IS_TERMINAL = process.stdout.isTTY === true;
const COLOR = IS_TERMINAL && !process.env.NO_COLOR;
/** Only one that hangs takes so long. */
const KILL_MS = 120_000;

module.exports = { CHECK, COLOR, checkVariant };

if (require.main === module) {
  const [name, variant, report] = process.argv.slice(2);
  // By an exit, so that what the example has started ends too, also when the parent is gone.
  for (const end of ['SIGINT', 'SIGTERM', 'disconnect']) process.once(end, () => process.exit(1));
  process.channel.unref();
  check(name, variant, report === 'report').then(
    (result) => process.send(result),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}

/**
 * Resolves to what `leakline.check()` does for an example; prints its progress and its report when `report` is true, and
 * nothing otherwise.
 *
 * @throws what the process printed, when it failed
 */
function checkVariant(name, variant, { report = false } = {}) {
  // They would start leakline before this does, and otherwise.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(LEAKLINE|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/.test(key)));
  const stdio = report ? 'inherit' : 'pipe';
  const child = fork(__filename, [name, variant, ...(report ? ['report'] : [])], { env, execArgv: [], stdio: ['ignore', stdio, stdio, 'ipc'] });
  const hanging = setTimeout(() => child.kill(), KILL_MS);
  let result;
  let printed = '';
  child.once('message', (message) => {
    result = message;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk) => {
      printed += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(hanging);
      if (code === 0 && result !== undefined) resolve(result);
      else reject(new Error(`the check of ${name}/${variant} ended with ${signal ?? code}\n${printed}`.trimEnd()));
    });
  });
}

/** The whole use of leakline: start it, set up the service, check one round trip, print the report. */
async function check(name, variant, report) {
  const leakline = require('..');
  leakline.start({ mode: 'full' });
  const scenario = require(`./${name}/${variant}/scenario`);
  if (report) console.log(`\n${heading(scenario.name)}`);

  await scenario.setup();
  const progress = startProgress(report);
  const result = await leakline.check(() => {
    progress.step();
    return scenario.iterate();
  }, CHECK);
  progress.end();
  await scenario.teardown();
  leakline.stop();

  if (report) console.log(leakline.report(result, { color: COLOR }).trimEnd());
  return result;
}

function heading(name) {
  const text = `${name}: ${CHECK.rounds} rounds of ${CHECK.iterations} calls, after ${CHECK.warmup} to warm up`;
  return COLOR ? `\x1b[1m${text}\x1b[0m` : text;
}

/** One line that updates itself on a terminal; elsewhere a line a round, so that a log stays readable. */
function startProgress(isShown) {
  let calls = 0;
  return {
    step() {
      calls++;
      if (!isShown) return;
      const measured = calls - CHECK.warmup;
      if (IS_TERMINAL) process.stdout.write(`\r\x1b[K  call ${calls} of ${CALLS}`);
      else if (measured > 0 && measured % CHECK.iterations === 1) {
        console.log(`  round ${Math.ceil(measured / CHECK.iterations)} of ${CHECK.rounds}`);
      }
    },
    end() {
      if (isShown && IS_TERMINAL) process.stdout.write('\r\x1b[K');
    },
  };
}
