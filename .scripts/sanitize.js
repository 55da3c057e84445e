'use strict';

// npm run sanitize: the core's tests under AddressSanitizer, and those that use threads under ThreadSanitizer. Skips,
// with the reason, where this toolchain or system has none. A minute or two; some more the first time, for building.
//
//   npm run sanitize -- address     one of them: address, thread, addon
//
// `addon` runs bench-sized programs with the whole addon inside of Node, under AddressSanitizer.

const path = require('node:path');

const { capture, script, which } = require('./exec');

const target = 'x86_64-unknown-linux-gnu';

const sanitizers = {
  address: {
    // All tests: out of bounds and use after free need no second thread.
    tests: [],
    options: { ASAN_OPTIONS: 'detect_leaks=1' },
  },
  thread: {
    // One test at a time: each has threads of its own.
    tests: ['--test-threads=1', 'ring::', 'collector_tests::'],
    options: { TSAN_OPTIONS: `suppressions=${path.join(__dirname, 'sanitize', 'thread.supp')} halt_on_error=0` },
  },
};

script(async () => {
  const [only] = process.argv.slice(2);
  if (only !== undefined && !(only in sanitizers)) throw new Error(`no such sanitizer: ${only}; there are ${Object.keys(sanitizers).join(', ')}`);
  const reason = whyNot();
  if (reason) {
    console.log(`skipped: ${reason}`);
    return;
  }
  for (const [name, sanitizer] of Object.entries(sanitizers)) {
    if (only === undefined || only === name) await sanitize(name, sanitizer);
  }
});

async function sanitize(name, { tests, options }) {
  const args = ['test', '--no-default-features', '--lib', '--target', target, '--target-dir', `target/sanitize-${name}`, '--', ...tests];
  const env = {
    ...process.env,
    ...options,
    // The flag is an unstable one of the compiler; what is compiled is the same.
    RUSTC_BOOTSTRAP: '1',
    // std comes without; `thread.supp` says what follows of that.
    RUSTFLAGS: `-Zsanitizer=${name} -Cunsafe-allow-abi-mismatch=sanitizer`,
    // Memory errors show in few cases as well as in many.
    PROPTEST_CASES: '64',
  };
  console.log(`\n── ${name}: cargo ${args.join(' ')}`);
  const began = Date.now();
  const { code, stdout, stderr } = await capture('cargo', args, { env });
  const [, passed] = /^test result: ok\. (\d+) passed/m.exec(stdout) ?? [];
  const complaints = [...`${stdout}\n${stderr}`.matchAll(/^SUMMARY: .*$/gm)].map(([line]) => line);
  if (code !== 0 || passed === undefined || Number(passed) === 0) {
    console.log(`${stdout}\n${stderr}`.trim());
    throw new Error(`${name}: ${complaints.length > 0 ? complaints.join('; ') : `cargo ended with ${code}`}`);
  }
  console.log(`${name}: ${passed} tests, nothing found, ${Math.round((Date.now() - began) / 1000)} s`);
}

function whyNot() {
  if (which('cargo') === null) return 'cargo is not in PATH';
  if (process.platform !== 'linux' || process.arch !== 'x64') return `sanitizers are set up for ${target}`;
  return null;
}
