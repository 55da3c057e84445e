// Turns node:test's events into one JSON line each test, for .scripts/suite-js.js to read. What the tests print is
// passed on as lines too, so that it can be shown with a failure and left out otherwise. The last line says what the file
// cost: the time of processors that this process and all it has waited for took.

import fs from 'node:fs';

// The counts at the end, which are counted again; other diagnostics report errors after the end of a test.
const SUMMARY = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

export default async function* lines(source) {
  for await (const { type, data } of source) {
    if (type === 'test:pass' || type === 'test:fail') yield line(type, data);
    else if (type === 'test:diagnostic' && !SUMMARY.test(data.message)) yield `${JSON.stringify({ output: `${data.message}\n` })}\n`;
    else if (type === 'test:stderr' || type === 'test:stdout') yield `${JSON.stringify({ output: data.message })}\n`;
  }
  yield `${JSON.stringify({ cpuMs: cpuMs() })}\n`;
}

// Linux only: no other system says it in a file, and Node has no call for children.
function cpuMs() {
  if (process.platform !== 'linux') return undefined;
  // Behind the name in parentheses: utime, stime, cutime and cstime are the fields 14 to 17, in hundredths of a second.
  const fields = fs.readFileSync('/proc/self/stat', 'utf8').replace(/^.*\) /s, '').split(' ');
  return fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks) * 10, 0);
}

function line(type, data) {
  const { name, skip, todo, details } = data;
  const reported = {
    name,
    suite: details.type === 'suite',
    outcome: outcomeOf(type, skip, todo),
    reason: typeof skip === 'string' ? skip : undefined,
    error: type === 'test:fail' ? textOf(details.error) : undefined,
    // This is how a parent says that one of its subtests failed.
    fromSubtests: details.error?.failureType === 'subtestsFailed',
  };
  return `${JSON.stringify(reported)}\n`;
}

function outcomeOf(type, skip, todo) {
  // A skip without a reason has the value `true` or ''.
  if (skip !== undefined && skip !== false) return 'skipped';
  if (type === 'test:pass') return 'passed';
  return todo !== undefined && todo !== false ? 'skipped' : 'failed';
}

// The cause is what the test threw; around it is node:test's own wrapper.
function textOf(error) {
  const cause = error?.cause ?? error;
  const ending = [error?.exitCode, error?.signal].filter((part) => part !== undefined && part !== null).join(' ');
  // Node's own frames are node:test's; a failure lies in ours.
  const text = String(cause?.stack ?? cause).replace(/\n\s+at .*node:(internal\/|async_hooks:).*/g, '');
  return `${text}${ending ? `\n(the process ended with ${ending})` : ''}`;
}
