'use strict';

// The JavaScript suite under one Node: `node --test` for each file, so that a crash, a hang or a leak in one file stays in it;
// in which order and how many beside each other is suite-plan.js. A file that fails is run once more, alone, in the end:
// what fails only beside others is said to be unsteady, and fails nobody's change.

const fs = require('node:fs');
const path = require('node:path');

const { capture, root } = require('./exec');
const plan = require('./suite-plan');

// A file that hangs is ended. The longest takes two minutes, and ten times that where others keep the machine busy.
const TIMEOUT_MS = 30 * 60_000;

/** The spec files, those whose path has `only` in it. */
function specs(only = '') {
  const folder = path.join(root, '__test__');
  return fs.readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.spec.js') && !name.startsWith('fixtures') && name.includes(only))
    .toSorted()
    .map((name) => path.join('__test__', name));
}

/** Without the files of which a version of Node between the first and the last says nothing new. */
function betweenEnds(files) {
  return files.filter((file) => !plan.isForEnds(nameOf(file)));
}

/** Runs the files under the Node at `node` and resolves to `{ passed, failed, skipped }`. */
async function runSpecs(node, files) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const began = Date.now();
  let cpuMs = 0;
  const failed = [];
  const waiting = inOrder(files.filter((file) => placeIn(plan.WAITING, file) >= 0), plan.WAITING);
  const working = inOrder(files.filter((file) => !waiting.includes(file)), plan.LONG);
  const worker = async (queue) => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runSpec(node, file);
      console.log(reported(file, result));
      cpuMs += result.cpuMs;
      if (result.failed > 0) failed.push(file);
      else add(total, result);
    }
  };
  const workers = (count, queue) => Array.from({ length: count }, () => worker(queue));
  await Promise.all([...workers(plan.WORKING_AT_ONCE, working), ...workers(plan.WAITING_AT_ONCE, waiting)]);
  for (const file of failed) {
    const result = await runSpec(node, file);
    console.log(`  once more, alone:\n${reported(file, result)}${result.failed ? '' : '\n      UNSTEADY: it failed beside others'}`);
    add(total, result);
  }
  if (cpuMs > 0) console.log(`${seconds(Date.now() - began)} s, and ${seconds(cpuMs)} s of processors' time`);
  return total;
}

module.exports = { specs, betweenEnds, runSpecs };

function add(total, result) {
  for (const outcome of Object.keys(total)) total[outcome] += result[outcome];
}

/** Those of a list first, as they are there, then the others. */
function inOrder(files, list) {
  const rank = (file) => (placeIn(list, file) + list.length + 1) % (list.length + 1);
  return files.toSorted((a, b) => rank(a) - rank(b));
}

const nameOf = (file) => path.relative('__test__', file).replaceAll('\\', '/').replace('.spec.js', '');
const placeIn = (list, file) => list.indexOf(nameOf(file));

async function runSpec(node, file) {
  const began = Date.now();
  const args = ['--test', `--test-reporter=${path.join(__dirname, 'reporter.mjs')}`, '--test-reporter-destination=stdout', file];
  const { code, signal, stdout, stderr } = await capture(node, args, { env: environment(node), timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
  const lines = stdout.split('\n').filter(Boolean).map(parsed);
  // A suite that passed counts by its tests; one that is skipped as a whole reports none of them.
  const tests = lines.filter((line) => line.outcome && !line.fromSubtests && !(line.suite && line.outcome === 'passed'));
  const result = { passed: 0, failed: 0, skipped: 0, ms: Date.now() - began, failures: [], reasons: new Set(), output: '' };
  for (const test of tests) {
    result[test.outcome] += 1;
    if (test.outcome === 'failed') result.failures.push(`${test.name}\n${test.error}`);
    if (test.reason) result.reasons.add(test.reason);
  }
  result.cpuMs = lines.find((line) => line.cpuMs)?.cpuMs ?? 0;
  result.output = lines.map((line) => line.output ?? '').join('') + stderr;
  if (code !== 0 && result.failed === 0) {
    result.failed += 1;
    const why = signal === 'SIGKILL' ? `it was ended after ${(Date.now() - began) / 1000} s` : `node --test ended with ${signal ?? code}`;
    result.failures.push(`${file} as a whole: ${why}`);
  }
  return result;
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { output: `${line}\n` };
  }
}

function reported(file, { passed, failed, skipped, ms, cpuMs, failures, reasons, output }) {
  const counts = [`${passed} passed`, failed && `${failed} failed`, skipped && `${skipped} skipped`].filter(Boolean).join(', ');
  const lines = [`  ${failed ? '✗' : '✓'} ${path.relative('__test__', file)}  ${counts}  ${seconds(ms)} s${cpuMs ? `, CPU ${seconds(cpuMs)} s` : ''}`];
  for (const reason of reasons) lines.push(`      skipped: ${reason}`);
  for (const failure of failures) lines.push('', indented(failure, 6));
  if (failed && output.trim()) lines.push('', '      it printed:', indented(output.trimEnd(), 8), '');
  return lines.join('\n');
}

const seconds = (ms) => (ms / 1000).toFixed(1);

function indented(text, by) {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}

// The tests are to see neither what npm or an outer test run set, nor a leakline that is on.
function environment(node) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(LEAKLINE(?!_TEST_|_LONG$)|NODE_OPTIONS$|NODE_TEST_CONTEXT$|FORCE_COLOR$|NO_COLOR$)/.test(name));
  // `node` in a test's child is the Node under test.
  return { ...Object.fromEntries(kept), PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };
}
