'use strict';

// The Rust suites: the core's own tests, which need no Node, and the loom models where there are any.

const fs = require('node:fs');
const path = require('node:path');

const { capture, root, which } = require('./exec');

const suites = [
  { name: 'core', args: ['test', '--no-default-features'] },
  {
    // Every interleaving of the models; its own folder, as the flag would rebuild everything each time.
    name: 'loom',
    args: ['test', '--no-default-features', '--target-dir', 'target/loom', '--lib', 'loom'],
    env: { RUSTFLAGS: '--cfg loom' },
    when: hasModels,
  },
];

/** Runs the suites that there are; `report(name, counts)` is called after each. */
async function runRust(report) {
  if (which('cargo') === null) {
    console.log("cargo is not in PATH: install Rust from https://rustup.rs, or leave these out with 'npm test -- --no-rust'");
    report('rust', { passed: 0, failed: 1, skipped: 0 });
    return;
  }
  for (const { name, args, env, when } of suites) {
    if (when && !when()) continue;
    console.log(`\n── rust, ${name}: ${Object.entries(env ?? {}).map(([key, value]) => `${key}='${value}' `).join('')}cargo ${args.join(' ')}`);
    const { code, stdout } = await capture('cargo', args, { env: { ...process.env, ...env }, showErrors: true });
    report(name, counted(code, stdout));
  }
}

module.exports = { runRust };

function counted(code, stdout) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of stdout.matchAll(/^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    total.passed += Number(passed);
    total.failed += Number(failed);
    total.skipped += Number(ignored);
  }
  // It did not compile, or a test took the whole process along.
  if (code !== 0 && total.failed === 0) total.failed = 1;
  if (total.failed > 0) console.log(stdout.replace(/^test .* \.\.\. (ok|ignored)\n/gm, '').trimEnd());
  return total;
}

function hasModels() {
  const folder = path.join(root, 'src');
  return fs.readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.rs'))
    .some((name) => fs.readFileSync(path.join(folder, name), 'utf8').includes('loom::model'));
}
