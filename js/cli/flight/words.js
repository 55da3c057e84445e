'use strict';

/** What commands say of a flight file, in words. */

const UNITS = [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]];

/** A time span for people: `2 h 4 min`, `12 s`, `0.4 s`. */
function duration(ms) {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1).replace('.0', '')} s`;
  let rest = Math.round(ms / 1000);
  const parts = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0 || parts.length > 0) parts.push([count, unit]);
    if (parts.length === 2) break;
  }
  return parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** Bytes for people; a dash where they are unknown. */
function bytes(count) {
  if (count === null || count === undefined) return '–';
  if (count < 2 ** 20) return `${Math.round(count / 2 ** 10)} KiB`;
  return count < 10 * 2 ** 30 ? `${Math.round(count / 2 ** 20)} MiB` : `${(count / 2 ** 30).toFixed(1)} GiB`;
}

/** A point in time, to the second. */
function time(unixMs) {
  return new Date(unixMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** In what state its process is: `running`, `silent for 12 s`, or how it ended. */
function state({ runs, silent, stopped, ageMs, ended, vitals }) {
  if (!runs) return ended.text;
  if (stopped) return 'runs, but leakline was switched off in it';
  if (silent) return `runs, but has written nothing for ${duration(ageMs)}: stopped, or its disk stands still`;
  if (vitals.loopSilentMs > 0) return `runs; its event loop has not turned for ${duration(vitals.loopSilentMs)}`;
  return 'runs';
}

/** Lines in front of the report of a flight file. */
function headline(flight) {
  const { identity, uptimeMs, atUnixMs, ageMs, runs } = flight;
  const commit = identity.commit ? ` · commit ${identity.commit.slice(0, 12)}` : '';
  const name = identity.package ? `${identity.package}${identity.version ? ` ${identity.version}` : ''} · ` : '';
  const lines = [
    `flight file of pid ${identity.pid} on ${identity.host} · ${name}Node ${identity.node}${commit}`,
    runs
      ? `the process ${state(flight)} · recorded for ${duration(uptimeMs)} · last state ${duration(ageMs)} ago`
      : `the process ${state(flight)} · recorded for ${duration(uptimeMs)} · last state of ${time(atUnixMs)}`,
  ];
  if (identity.attached) lines.push(identity.attached);
  return lines;
}

module.exports = { duration, bytes, time, state, headline };
