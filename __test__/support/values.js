'use strict';

// Small snapshots and check results, as another process would have saved them.

const process_ = (takenAt, uptimeMs) => ({
  pid: 4711, node: 'v24.0.0', startedAt: '2026-01-01T00:00:00.000Z', takenAt, uptimeMs, threads: 1,
});

/** A site; `fields` replaces what matters to the test. */
function site(fields = {}) {
  const origin = { function: 'attach', file: '/app/src/proxy.js', line: 88, column: 10 };
  return {
    fingerprint: '00000000000000aa', kind: 'listener', label: "Socket 'data'",
    live: 412, registered: 412, released: 0, collected: 0, estimated: false,
    oldestMs: 598_000, growthPerHour: 2472, lifetimeMs: { count: 0, p50: 0, p95: 0, p99: 0, max: 0 },
    thread: 0, origin, stack: [origin], role: 'cause', verdict: 'leak', evidence: 'grew in every interval; 0 of 412 ever released',
    ...fields,
  };
}

/** A snapshot ten minutes after the start. */
function snapshot(sites = [site()], fields = {}) {
  const live = sites.reduce((sum, each) => sum + each.live, 0);
  return {
    type: 'snapshot', schema: 1, process: process_('2026-01-01T00:10:00.000Z', 600_000), mode: 'full',
    totals: { listener: { registered: live, released: 0, collected: 0, live } },
    sites, collections: [],
    overhead: { bytes: 1_200_000, events: 48_211, dropped: 0, capturedStacks: 412, keyMismatches: 0, cpuShare: 0.004 },
    notes: [], ...fields,
  };
}

/** A check's result with one leak. */
function checkResult() {
  const { kind, label, fingerprint, origin, stack } = site();
  const leak = { kind, label, fingerprint, perIteration: 1, total: 50, growth: 'instances', role: 'cause', origin, stack };
  const watched = { kinds: ['listener'], registrations: 65 };
  return { type: 'check', leaked: true, leaks: [leak], iterations: 50, rounds: 5, watched, notes: [], message: 'one leak' };
}

module.exports = { site, snapshot, checkResult };
