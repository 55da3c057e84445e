'use strict';

const { error } = require('../../base/errors.js');
const { isOfApplication } = require('../core/application.js');

/**
 * `await expect(fn).not.toLeak(options)`, `await expect(fn).toLeak({ kind, perIteration })`: the
 * function is called again and again, see `check()`. Arrays are looked at when they are asked for, by
 * `census: true` or `kind: 'array'`: in a test runner's heap that takes several times as long as all else.
 */
const toLeak = ({ check }) =>
  async function toLeak(fn, options = {}) {
    const { kind, perIteration, ...rest } = checked(options);
    const result = await check(fn, { census: kind === 'array', ...rest });
    const isMeant = (leak) => isOfApplication(leak) && (kind ?? leak.kind) === leak.kind && isAbout(leak.perIteration, perIteration);
    const pass = result.leaks.some(isMeant);
    const hint = this.utils.matcherHint('toLeak', 'fn', '', { isNot: this.isNot });
    const expected = pass ? [] : [`Expected ${described(kind, perIteration)}.`, ''];
    return { pass, message: () => [hint, '', ...expected, result.message].join('\n') };
  };

function checked(options) {
  if (typeof options !== 'object' || options === null) throw error('ERR_LEAKLINE_OPTION', 'options', 'an object', options);
  const { kind, perIteration } = options;
  if (kind !== undefined && (typeof kind !== 'string' || kind === '')) {
    throw error('ERR_LEAKLINE_OPTION', 'kind', 'a kind, such as listener', kind);
  }
  if (perIteration !== undefined && !(typeof perIteration === 'number' && perIteration > 0)) {
    throw error('ERR_LEAKLINE_OPTION', 'perIteration', 'a number above 0', perIteration);
  }
  return options;
}

function described(kind, perIteration) {
  const what = kind === undefined ? 'a leak' : `a leak of kind ${kind}`;
  return perIteration === undefined ? what : `${what}, +${perIteration} per call`;
}

/** Within a hundredth: growth is divided by the calls. */
function isAbout(actual, expected) {
  return expected === undefined || Math.abs(actual - expected) <= expected / 100;
}

module.exports = { toLeak };
