'use strict';

// What leakline promises of the time to a verdict, held against what a service printed each second.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What is leaked fewer times a second takes longer to be a suspect. */
const FREQUENT = 5;
const REPORTED_WITHIN_MS = MINUTE;
const RARE_WITHIN_MS = 3 * MINUTE;
const LEAK_WITHIN_MS = 6 * MINUTE;
/** When what is still held has to be reported still, after the load. */
const STILL_AT_MS = [30 * SECOND, 2 * MINUTE, 10 * MINUTE];
/** When the first of the timeouts of ten minutes are about to. */
const FIRE_FROM_MS = 9 * MINUTE;
const GONE_WITHIN_MS = MINUTE;
/** After its first end what is innocent may be a suspect for so long. */
const WITHDRAWN_WITHIN_MS = MINUTE;
/** Looks are a second apart, and late on a busy machine. */
const TOLERANCE_MS = 3 * SECOND;

/**
 * @typedef {object} Look
 * @property {number} at ms since the load began
 * @property {'load' | 'after' | 'released'} phase
 * @property {{ verdict: string, code: string, couldBe?: string }} [site] what leakline reports of it
 *
 * @typedef {object} Row
 * @property {number} [suspectMs] when it was reported first
 * @property {number} [leakMs] when it was a leak first
 * @property {Record<number, string>} after its verdict so many ms after the load
 * @property {number} [goneMs] how long after its release it was not reported any more
 * @property {string[]} broken the promises that were not kept
 */

const isReported = (site) => site !== undefined && (site.verdict === 'leak' || site.verdict === 'suspect');
const seconds = (ms) => `${Math.round(ms / SECOND)} s`;

/**
 * @param {'hard' | 'soft' | 'piling'} certainty
 * @param {number} rate leaked a second
 * @param {Look[]} looks
 * @returns {Row}
 */
function judgeLeak(certainty, rate, looks) {
  const load = looks.filter(({ phase }) => phase === 'load');
  const first = (is) => looks.find(({ site, phase }) => phase !== 'released' && is(site))?.at;
  const row = { suspectMs: first(isReported), leakMs: first((site) => site?.verdict === 'leak'), after: {}, broken: [] };
  const loadMs = load.at(-1)?.at ?? 0;
  const within = (name, ms, limitMs) => {
    if (ms > limitMs + TOLERANCE_MS) row.broken.push(`${name} after ${seconds(ms)}, not within ${seconds(limitMs)}`);
    if (ms === undefined && loadMs >= limitMs) row.broken.push(`not ${name} within ${seconds(limitMs)}`);
  };
  if (certainty === 'hard') within('a leak', row.leakMs, REPORTED_WITHIN_MS);
  else within('reported', row.suspectMs, rate >= FREQUENT ? REPORTED_WITHIN_MS : RARE_WITHIN_MS);
  if (certainty === 'soft') within('a leak', row.leakMs, LEAK_WITHIN_MS);
  if (certainty === 'piling' && row.leakMs !== undefined) row.broken.push(`a leak after ${seconds(row.leakMs)}, though its timeouts fire`);
  // Timeouts fire.
  const held = certainty === 'piling' ? looks.filter(({ at }) => at < FIRE_FROM_MS) : looks;
  row.broken.push(...relapses(held));

  const after = held.filter(({ phase }) => phase === 'after');
  for (const ms of STILL_AT_MS) {
    const look = after.find(({ at }) => at - loadMs >= ms);
    if (look === undefined) continue;
    row.after[ms] = look.site?.verdict ?? 'none';
    if (!isReported(look.site)) row.broken.push(`${row.after[ms]}, ${seconds(ms)} after the load`);
  }

  const released = looks.filter(({ phase }) => phase === 'released');
  if (released.length > 0) {
    const from = released[0].at - SECOND;
    const last = released.findLast(({ site }) => isReported(site));
    row.goneMs = last === undefined ? 0 : last.at - from;
    if (row.goneMs > GONE_WITHIN_MS + TOLERANCE_MS || isReported(released.at(-1).site)) row.broken.push(`still reported ${seconds(row.goneMs)} after its release`);
  }
  return row;
}

/** Once reported, never back while it is held. */
function relapses(looks) {
  let worst = 'none';
  for (const { at, phase, site } of looks) {
    if (phase === 'released') break;
    if (isReported(site) && (worst === 'none' || site.verdict === 'leak')) worst = site.verdict;
    else if (worst !== 'none' && (site?.verdict ?? 'none') !== worst) return [`it was a ${worst}, and at ${seconds(at)} ${site?.verdict ?? 'none'}`];
  }
  return [];
}

/**
 * What is wrong with the verdicts on something innocent.
 * @param {Look[]} looks
 * @param {number} [firstEndMs] when the first of it had ended
 */
function judgeInnocent(looks, firstEndMs = Infinity) {
  for (const { at, site } of looks.filter((look) => isReported(look.site))) {
    const shown = `${site.verdict}, ${site.evidence ?? site.code}, at ${seconds(at)}`;
    if (site.verdict === 'leak') return [shown];
    if (site.couldBe === undefined && site.code !== 'piling-up') return [`${shown}, without a reserve`];
    if (at > firstEndMs + WITHDRAWN_WITHIN_MS + TOLERANCE_MS) return [`${shown}, though the first had ended at ${seconds(firstEndMs)}`];
  }
  return [];
}

module.exports = { judgeLeak, judgeInnocent, isReported, STILL_AT_MS };
