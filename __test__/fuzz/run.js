'use strict';

// Runs programs in processes of their own, without leakline and with it in each mode, and compares.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { cleanEnvironment, temporaryFolder } = require('../support/run');

const modes = ['full', 'adaptive', 'counts'];
const child = path.join(__dirname, 'child.js');
/** A program takes some 50 ms, on a busy machine a second. */
const KILL_MS = 5_000;
/** …and for each, on a busy machine. */
const KILL_MS_EACH = 1_500;

let folder;
let files = 0;

/**
 * @param {object[]} programs
 * @param {{ node?: string, modes?: string[], env?: object, tampered?: object }} options `env`: for the processes with
 * leakline; `tampered`: what runs there instead, to see that a difference is seen
 * @returns {Promise<{ program: object, mode: string, differences: string[] }[]>} the programs that fail
 */
async function compare(programs, { node = process.execPath, modes: wanted = modes, env, tampered } = {}) {
  const recordedPrograms = tampered ? [tampered] : programs;
  const bare = await observe(programs, 'bare', node);
  const recorded = await Promise.all(wanted.map((mode) => observe(recordedPrograms, mode, node, env)));
  const failures = [];
  for (const [i, program] of programs.entries()) {
    for (const [m, mode] of wanted.entries()) {
      const differences = differencesOf(bare, recorded[m], i);
      if (differences.length > 0) failures.push({ program, mode, differences });
    }
  }
  return failures;
}

function differencesOf(bare, recorded, i) {
  // Who ends in the middle of a program says nothing of those after it.
  if (bare.results[i] === undefined) return i === bare.results.length ? [`the program alone ends the process: ${bare.end}`] : [];
  if (recorded.results[i] === undefined) return i === recorded.results.length ? [`the process ends: ${recorded.end}`] : [];
  const differences = [...recorded.results[i].wrong];
  for (const [lane, expected] of Object.entries(bare.results[i].lanes)) {
    const actual = recorded.results[i].lanes[lane];
    const at = expected.findIndex((line, n) => line !== actual[n]);
    const first = at >= 0 ? at : expected.length === actual.length ? -1 : expected.length;
    if (first >= 0) differences.push(`${lane}, line ${first}: alone ${shown(expected[first])}, with leakline ${shown(actual[first])}`);
  }
  return differences;
}

const shown = (line) => (line === undefined ? 'nothing' : `<${line}>`);

function observe(programs, mode, node, more = {}) {
  folder ??= temporaryFolder();
  const from = path.join(folder, `${++files}-programs`);
  const to = path.join(folder, `${files}-${mode}`);
  fs.writeFileSync(from, programs.map((program) => JSON.stringify(program)).join('\n'));
  fs.writeFileSync(to, '');
  return new Promise((resolve, reject) => {
    const env = { ...cleanEnvironment(), NODE_NO_WARNINGS: '1', ...more };
    const running = spawn(node, ['--expose-gc', child, mode, from, to], { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: KILL_MS + programs.length * KILL_MS_EACH, killSignal: 'SIGKILL' });
    let stderr = '';
    running.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk;
    });
    running.once('error', reject);
    running.once('close', (code, signal) => {
      const results = fs.readFileSync(to, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
      fs.rmSync(from);
      fs.rmSync(to);
      resolve({ results, end: `${signal ?? code} ${stderr.slice(-2_000)}` });
    });
  });
}

/**
 * Drops operations from a program for as long as it still fails.
 * @param {{ program: object, mode: string }} failure
 * @param {{ node?: string }} options
 */
async function shrink({ program, mode }, options) {
  let current = program;
  let differences = [];
  for (let size = Math.ceil(program.ops.length / 2); size >= 1;) {
    const candidates = withoutOne(current, size);
    // All at once: starting processes is what takes long.
    const [found] = candidates.length === 0 ? [] : await compare(candidates, { ...options, modes: [mode] });
    if (found !== undefined) {
      ({ program: current, differences } = found);
      size = Math.min(size, Math.ceil(current.ops.length / 2));
    } else size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return { program: current, mode, differences };
}

/** A program without some of its ops, each in turn; one at a time also without a body. */
function withoutOne(program, size) {
  const candidates = [];
  for (let at = 0; at < program.ops.length; at += size) {
    candidates.push({ ...program, ops: program.ops.toSpliced(at, size) });
  }
  if (size === 1) {
    for (const [i, body] of program.bodies.entries()) {
      if (body.length > 0) candidates.push({ ...program, bodies: program.bodies.with(i, []) });
    }
  }
  return candidates;
}

/** A failure as text, with the program as it is pasted into `found.js`. */
function described({ program, mode, differences }) {
  return `seed ${program.seed}, mode ${mode}:\n${differences.map((line) => `  ${line}`).join('\n')}\n${JSON.stringify(program)}`;
}

module.exports = { compare, shrink, described, modes };
