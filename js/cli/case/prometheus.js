'use strict';

/** When an alert fired first, by Prometheus' own API. */

const { URLSearchParams } = require('node:url');

const { error } = require('../../base/errors');

const LIMIT_MS = 5_000;
/** Prometheus answers at most 11,000 points a series. */
const MAX_POINTS = 5_000;

/**
 * The first alert about memory in a time; a problem is a field's text, not an error: the case goes on without.
 * @param {string} url
 * @param {number} fromMs
 * @param {number} untilMs
 * @returns {Promise<{ alert?: string, at?: string, problem?: string }>}
 */
async function firstAlert(url, fromMs, untilMs) {
  const base = parsed(url);
  const step = Math.max(15, Math.ceil((untilMs - fromMs) / 1000 / MAX_POINTS));
  const query = new URL(`${base.pathname.replace(/\/$/, '')}/api/v1/query_range`, base);
  query.search = new URLSearchParams({
    query: 'ALERTS{alertstate="firing", alertname=~"Leakline.*|.*(Heap|Memory|OOM).*"}',
    // The last step is the end, so that an alert of the last seconds is seen.
    start: String(untilMs / 1000 - step * Math.floor((untilMs - fromMs) / 1000 / step)),
    end: String(untilMs / 1000),
    step: String(step),
  }).toString();
  try {
    const response = await fetch(query, { signal: AbortSignal.timeout(LIMIT_MS), redirect: 'error' });
    const { status, data, error: reason } = await response.json();
    if (status !== 'success') return { problem: `Prometheus answers: ${String(reason).slice(0, 200)}` };
    const firsts = data.result.map(({ metric, values }) => ({ alert: String(metric.alertname), seconds: values[0][0] }));
    const [first] = firsts.toSorted((one, other) => one.seconds - other.seconds);
    if (first === undefined) return { problem: 'no alert about memory fired in the time of the recording' };
    return { alert: first.alert, at: new Date(first.seconds * 1000).toISOString() };
  } catch (reason) {
    return { problem: `Prometheus did not answer: ${reason.cause?.code ?? reason.name}` };
  }
}

module.exports = { firstAlert };

function parsed(url) {
  const base = URL.canParse(url) ? new URL(url) : null;
  if (base !== null && /^https?:$/.test(base.protocol)) return base;
  throw error('ERR_LEAKLINE_USAGE', `--prom must be the URL of Prometheus, such as http://localhost:9090, got '${url}'.`, 'case');
}
