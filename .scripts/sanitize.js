'use strict';

// npm run sanitize: the core's tests under AddressSanitizer, those that use threads under ThreadSanitizer, and the addon
// inside of Node under AddressSanitizer. Skips, with the reason, where this toolchain or system has none. A minute or two;
// some more the first time, for building.
//
//   npm run sanitize -- address     one of them: address, thread, addon
//
// `addon` runs bench-sized programs with the whole addon inside of Node, under AddressSanitizer.

const fs = require('node:fs');
const path = require('node:path');

const { generate } = require('../__test__/fuzz/programs');
const { compare, described } = require('../__test__/fuzz/run');
const { cleanEnvironment } = require('../__test__/support/run');
const { capture, root, run, script, which } = require('./exec');
const { readUsageWithNames } = require('./usage');

const target = 'x86_64-unknown-linux-gnu';

/** Random programs for the addon, and workers that record and end. */
const PROGRAMS = 60;
const WORKERS = 12;

const sanitizers = {
  address: {
    // All tests: out of bounds and use after free need no second thread. But its allocator gives nothing back.
    tests: ['--skip', 'os::tests'],
    options: { ASAN_OPTIONS: 'detect_leaks=1' },
  },
  thread: {
    // One test at a time: each has threads of its own.
    tests: ['--test-threads=1', 'ring::', 'pointers::', 'collector::tests::'],
    options: { TSAN_OPTIONS: `suppressions=${path.join(__dirname, 'sanitize', 'thread.supp')} halt_on_error=0` },
  },
};

const names = [...Object.keys(sanitizers), 'addon'];

const { positionals: [only] } = readUsageWithNames(__filename, {});

script(async () => {
  if (only !== undefined && !names.includes(only)) throw new Error(`no such sanitizer: ${only}; there are ${names.join(', ')}`);
  const reason = whyNot();
  if (reason) {
    console.log(`skipped: ${reason}`);
    return;
  }
  for (const name of only === undefined ? names : [only]) {
    if (name === 'addon') await sanitizeAddon();
    else await sanitize(name, sanitizers[name]);
  }
});

async function sanitize(name, { tests, options }) {
  const args = ['test', '--no-default-features', '--lib', '--target', target, '--target-dir', `target/sanitize-${name}`, '--', ...tests];
  const env = {
    ...compiling(name),
    ...options,
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

/** Node itself is not instrumented: the runtime comes in front of it, and sees what the addon allocates and touches. */
async function sanitizeAddon() {
  const runtime = fs.realpathSync((await capture('gcc', ['-print-file-name=libasan.so'])).stdout.trim() || '.');
  if (!runtime.includes('libasan')) {
    console.log('\n── addon\nskipped: gcc has no libasan.so');
    return;
  }
  const folder = 'target/sanitize-address';
  console.log('\n── addon: inside of Node');
  run('cargo', ['build', '--lib', '--target', target, '--target-dir', folder], { env: compiling('address') });
  const addon = path.join(root, folder, 'leakline.node');
  fs.copyFileSync(path.join(root, folder, target, 'debug', 'libleakline.so'), addon);
  const began = Date.now();
  // V8 keeps what it has until the end.
  const env = { LD_PRELOAD: runtime, LEAKLINE_NATIVE_PATH: addon, ASAN_OPTIONS: 'detect_leaks=0' };
  const failures = await compare(Array.from({ length: PROGRAMS }, (_, i) => generate(i)), { env });
  if (failures.length > 0) throw new Error(`addon: ${failures.length} programs fail\n${described(failures[0])}`);
  const args = [path.join(root, 'bench', 'soak', 'many-workers.js'), String(WORKERS)];
  const { code, signal, stderr } = await capture(process.execPath, args, { env: { ...cleanEnvironment(), ...env, LEAKLINE: 'full' } });
  if (code !== 0) throw new Error(`addon: workers ended with ${signal ?? code}\n${stderr}`);
  console.log(`addon: ${PROGRAMS} random programs in three modes and ${WORKERS} workers, nothing found, ${Math.round((Date.now() - began) / 1000)} s`);
}

function compiling(sanitizer) {
  return {
    ...process.env,
    // The flag is an unstable one of the compiler; what is compiled is the same.
    RUSTC_BOOTSTRAP: '1',
    // std comes without; `thread.supp` says what follows of that.
    RUSTFLAGS: `-Zsanitizer=${sanitizer} -Cunsafe-allow-abi-mismatch=sanitizer`,
  };
}

function whyNot() {
  if (which('cargo') === null) return 'cargo is not in PATH';
  if (process.platform !== 'linux' || process.arch !== 'x64') return `sanitizers are set up for ${target}`;
  return null;
}
