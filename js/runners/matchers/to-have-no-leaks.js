'use strict';

const { error } = require('../../base/errors.js');
const { isOfApplication } = require('../core/application.js');

/**
 * `expect(snapshot()).toHaveNoLeaks()`: no site of the application is judged a leak.
 * `expect(diff(before, after)).toHaveNoLeaks()`: no site of the application is new or has grown.
 */
const toHaveNoLeaks = ({ report }) =>
  function toHaveNoLeaks(value) {
    if (!Array.isArray(value?.sites)) {
      throw error('ERR_LEAKLINE_OPTION', 'the value given to expect()', 'a snapshot or a diff', value, 'Pass what snapshot() or diff() returned.');
    }
    const isDiff = 'before' in value;
    const isLeak = isDiff ? ({ change }) => change === 'new' || change === 'grown' : ({ verdict, known }) => verdict === 'leak' && known === undefined;
    const leaks = value.sites.filter((site) => isLeak(site) && isOfApplication(site));
    const hint = this.utils.matcherHint('toHaveNoLeaks', isDiff ? 'diff' : 'snapshot', '', { isNot: this.isNot });
    return { pass: leaks.length === 0, message: () => `${hint}\n\n${report({ ...value, sites: leaks })}` };
  };

module.exports = { toHaveNoLeaks };
