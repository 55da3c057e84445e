'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const leakline = require('..');
const { exampleNames, expectedLeaks, foundByLine, isSameLeak } = require('../examples/expected');

for (const name of exampleNames()) {
  test(`${name}, leaky: every leak is found at its line, with its figure, and nothing else`, async () => {
    const found = foundByLine(await checkVariant(name, 'leaky'));
    const expected = expectedLeaks(name);

    for (const leak of expected) {
      const match = found.find((candidate) => isSameLeak(leak, candidate));
      assert.ok(match, `not found: ${describe(leak)}; found were:\n${found.map(describe).join('\n')}`);
      assertClose(match.perIteration, leak.perIteration, describe(leak));
      assert.ok(
        match.labels.every((label) => label.includes(leak.label)),
        `${describe(leak)}: labelled ${match.labels.join(' and ')} instead of ${leak.label}`,
      );
    }
    const others = found.filter((candidate) => !expected.some((leak) => isSameLeak(leak, candidate)));
    assert.deepEqual(others.map(describe), [], 'reported, and no leak of the example');
  });

  test(`${name}, mended: no leak is reported`, async () => {
    const result = await checkVariant(name, 'mended');
    assert.deepEqual(foundByLine(result).map(describe), []);
    assert.equal(result.leaked, false, result.message);
  });
}

async function checkVariant(name, variant) {
  const scenario = require(`../examples/${name}/${variant}/scenario`);
  leakline.start({ mode: 'full' });
  try {
    await scenario.setup();
    const result = await leakline.check(scenario.iterate, { warmup: 3, rounds: 5, iterations: 10 });
    await scenario.teardown();
    return result;
  } finally {
    leakline.stop();
  }
}

function assertClose(actual, expected, what) {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${what}: ${actual} per call instead of ${expected}`);
}

function describe({ kind, growth, file, line, perIteration }) {
  return `${kind} ${file}:${line}, +${perIteration} ${growth} per call`;
}
