'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { fixture, lineOf, preload, runWell } = require('../support/service-child');

const FIXTURE = 'keeps-responses.js';
const file = fixture(FIXTURE);
const EXCHANGES = 'of HTTP requests and responses';
/** A leak is reported within half a minute; what hangs on it mostly as well, when V8 has collected around it. */
const SECONDS = '35';
const MANY_SECONDS = '100';

const run = async (what, seconds) => {
  const { said } = await runWell(FIXTURE, { node: preload, args: [what, seconds], env: { LEAKLINE: 'full' } });
  return said;
};
const isNodes = ({ file }) => file === undefined;

describe('what Node listens for on responses that a service keeps', { concurrency: true }, () => {
  it('comes after the line that keeps them, at every second', async () => {
    const looks = await run('listener', MANY_SECONDS);
    const last = looks.at(-1);
    assert.ok(last.leaks.some(isNodes), `what this is about: ${JSON.stringify(last.leaks)}`);
    for (const { leaks, text } of looks.filter(({ leaks }) => leaks.some(({ file }) => file !== undefined))) {
      assert.deepEqual([leaks[0].file, leaks[0].line], [file, lineOf(file, 'listener per request')], JSON.stringify(leaks));
      assert.ok(leaks.slice(1).every(({ role }) => role === 'consequence'), JSON.stringify(leaks));
      assert.match(text, /^leakline {2}1 leak in the application/);
      assert.doesNotMatch(text, /retained: |ServerResponse/, 'it is there because of that leak');
    }
    assert.ok(looks.some(({ leaks }) => leaks.some(isNodes) && leaks[0].file === file), 'both are reported at some time');
  });

  it('comes after the array that keeps them', async () => {
    const { leaks, text } = (await run('array', MANY_SECONDS)).at(-1);
    const [first, ...others] = leaks.filter(({ label }) => !label.startsWith('in '));
    assert.deepEqual([first.label, first.file, first.line], ['Array kept of ServerResponse', file, lineOf(file, 'what keeps them')], JSON.stringify(leaks));
    assert.ok(others.every(({ role }) => role === 'consequence'), JSON.stringify(leaks));
    assert.doesNotMatch(text, new RegExp(`retained: |${EXCHANGES}`), text);
  });

  it('is reported where no line is to be named', async () => {
    const looks = await run('chain', MANY_SECONDS);
    const { leaks, text } = looks.at(-1);
    // By then samples of allocations may name the function that keeps them, and what a framework allocates for each of them.
    const named = leaks.filter((leak) => !isNodes(leak));
    const causes = named.filter(({ role }) => role === 'cause');
    assert.ok(leaks.length > named.length && named.every(({ label }) => label.startsWith('in ')), JSON.stringify(leaks));
    assert.ok(causes.every((cause) => cause.file === file), JSON.stringify(leaks));
    if (causes.length > 0) return assert.match(text, /heap, in a function without a name/);
    assert.match(text, /^leakline {2}something is kept, and no line is known to leak/);
    assert.match(text.replace(/\s+/g, ' '), /retained: .*\d ServerResponse/);
    if (leaks.some(({ label }) => label === EXCHANGES)) assert.match(text, new RegExp(`heap: ${EXCHANGES}, .* retained`));
  });

  it('is not reported where nothing is kept', async () => {
    const looks = await run('nothing', SECONDS);
    assert.equal(looks.length, Number(SECONDS));
    for (const { leaks, text } of looks) {
      assert.deepEqual(leaks, []);
      assert.match(text, /^leakline {2}nothing found/);
    }
  });
});
