'use strict';

const { checked } = require('../../base/options.js');
const { isOfApplication } = require('../core/application.js');

/**
 * `await expect(fn).not.toLeak(options)`, `await expect(fn).toLeak({ kind, perIteration })`: the
 * function is called again and again, see `check()`. Arrays are looked at when they are asked for, by
 * `census: true` or `kind: 'array'`: in a test runner's heap that takes several times as long as all else.
 */
const toLeak = ({ check }) =>
  async function toLeak(fn, options) {
    const given = checked('toLeak', options);
    const { kind, perIteration, census = kind === 'array', quick = options?.rounds === undefined, ...rest } = given;
    const result = await check(fn, { ...rest, kinds: rest.kinds ?? undefined, census, quick });
    const isMeant = (leak) => isOfApplication(leak) && (kind ?? leak.kind) === leak.kind && isAbout(leak.perIteration, perIteration);
    const pass = result.leaks.some(isMeant);
    const hint = this.utils.matcherHint('toLeak', 'fn', '', { isNot: this.isNot });
    const expected = pass ? [] : [`Expected ${described(kind, perIteration)}.`, ''];
    return { pass, message: () => [hint, '', ...expected, result.message].join('\n') };
  };

function described(kind, perIteration) {
  const what = kind === undefined ? 'a leak' : `a leak of kind ${kind}`;
  return perIteration === undefined ? what : `${what}, +${perIteration} per call`;
}

/** Within a hundredth: growth is divided by the calls. */
function isAbout(actual, expected) {
  return expected === undefined || Math.abs(actual - expected) <= expected / 100;
}

module.exports = { toLeak };
