'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { ensureRedis } = require('../.scripts/ensure');
const { checkVariant } = require('../examples/check');
const { difference, exampleNames, expectedLeaks, foundByLine, isBesides, isSameLeak } = require('../examples/expected');
const { missing, needsOf } = require('../examples/needs');

for (const name of exampleNames()) {
  const skip = lacks(name);

  test(`${name}, leaky: every leak is found at its line, with its figure, and nothing else`, { skip }, async () => {
    const found = foundByLine(await checkVariant(name, 'leaky'));
    const expected = expectedLeaks(name);

    for (const leak of expected) {
      const match = found.find((candidate) => isSameLeak(leak, candidate));
      assert.ok(match, `not found: ${describe(leak)}; found were:\n${found.map(describe).join('\n')}`);
      assert.equal(difference(leak, match), undefined, describe(leak));
    }
    const others = found.filter((candidate) => !expected.some((leak) => isSameLeak(leak, candidate)) && !isBesides(name, candidate));
    assert.deepEqual(others.map(describe), [], 'reported, and no leak of the example');
  });

  test(`${name}, fixed: no leak is reported`, { skip }, async () => {
    const result = await checkVariant(name, 'fixed');
    assert.deepEqual(foundByLine(result).map(describe), []);
    assert.equal(result.leaked, false, result.message);
  });
}

/** Why an example cannot be tried here, or false. */
function lacks(name) {
  // Installs it where that can be; in CI, where there must be one, it throws.
  if (needsOf(name).programs.includes('redis-server')) ensureRedis();
  return missing(name) ?? false;
}

function describe({ kind, growth, file, line, perIteration }) {
  return `${kind} ${file}:${line}, +${perIteration} ${growth} per call`;
}
