'use strict';

/** What the recorded twin of a soak has cost beside the bare one, and whether that is within the promise. */

const { median } = require('../support/figures');
const { mib } = require('./verdict');

/** CPU of a request to bare. */
const PROMISE = { counts: 1.01, adaptive: 1.02, full: 1.15 };
/** Of the machine: the median of a whole soak on a shared one varies by so much. */
const NOISE = 0.05;
/** By which the recorded twin may grow more than the bare one: V8 chooses when it gives memory back. */
const GROWTH = 8 * 2 ** 20;

/** @param {object[]} looks with `pair`, the first of the soak left out */
function costOf(looks, mode) {
  const ratio = median(looks.map(({ pair }) => pair.ratio));
  const of = (twin, field) => median(looks.map(({ pair }) => pair[twin][field]));
  const [early, late] = [looks.slice(0, looks.length >> 1), looks.slice(looks.length >> 1)];
  const grown = (twin) => median(late.map(({ pair }) => pair[twin].rss)) - median(early.map(({ pair }) => pair[twin].rss));
  const rss = of('recorded', 'rss') / of('bare', 'rss');
  const text = [
    `CPU of a request ${of('bare', 'us').toFixed(1)} µs bare, ${of('recorded', 'us').toFixed(1)} µs recorded: ${ratio.toFixed(3)} (promised ${PROMISE[mode]})`,
    `RSS ${rss.toFixed(2)}, grown by ${mib(grown('bare'))} and ${mib(grown('recorded'))}`,
  ].join(', ');
  return { ratio, text, more: grown('recorded') - Math.max(0, grown('bare')) };
}

/** Sentences on what is wrong. */
function wrongInCost(looks, mode) {
  const { ratio, more, text } = costOf(looks, mode);
  const wrong = [];
  if (!(ratio <= PROMISE[mode] + NOISE)) wrong.push(`it costs more than is promised: ${text}`);
  if (more > GROWTH) wrong.push(`with leakline a service grew by ${mib(more)} more than without`);
  return wrong;
}

module.exports = { costOf, wrongInCost };
