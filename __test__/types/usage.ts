// Compiled, never run: what the types promise, and what they must refuse.
import * as leakline from 'leakline';
import { check, diff, isStarted, mark, report, retainers, snapshot, start, stop, track } from 'leakline';
import type { AllowedLeak, CheckResult, Diff, Frame, LeakMessage, LeaklineError, Recording, Snapshot, Tracked } from 'leakline';
import { watchPool } from 'leakline/pools';
import type { PoolOptions, WatchedPool } from 'leakline/pools';
import { registerOtel } from 'leakline/otel';
import type { OtelRegistration } from 'leakline/otel';
import 'leakline/register';

const recording: Recording = start();
recording.stop();
recording[Symbol.dispose]();
start({
  mode: 'full',
  kinds: ['listener', 'timeout', 'map'],
  stackDepth: 8,
  budget: 0.02,
  minSize: 10,
  ignore: ['express', /generated/],
});
// @ts-expect-error: no such mode
start({ mode: 'loud' });
start({ kinds: ['lease'] });
// @ts-expect-error: a kind is a string
start({ kinds: [1] });
// @ts-expect-error: a typo in an option
start({ stackdepth: 8 });

const allowed: AllowedLeak = { kind: 'interval', file: 'src/poll.js', reason: 'it polls' };
start({ allow: [allowed], baseline: 'before.json', allowGc: false });
start({ allow: 'leakline.config.json' });
// @ts-expect-error: what is accepted has a reason
start({ allow: [{ kind: 'interval' }] });

const before: Snapshot = snapshot();
const after: Snapshot = snapshot({ gc: true, census: true });
const compared: Diff = diff(before, after);
// @ts-expect-error: a diff is no snapshot
diff(compared, after);

for (const site of after.sites) {
  const origin: Frame | null = site.origin;
  // @ts-expect-error: an origin may be missing
  site.origin.file;
  const text: string = `${origin?.file}:${origin?.line}:${origin?.column} ${origin?.function ?? 'top level'}`;
  const entries: number = site.size?.total ?? 0;
  if (site.verdict === 'leak' || site.verdict === 'suspect') console.log(text, entries, site.lifetimeMs.p95);
}
const live: number | undefined = after.totals['listener']?.live;
const grown: number[] = compared.sites.filter(({ change }) => change === 'grown').map(({ liveAfter }) => liveAfter);

/** Values are distinguished by their type. */
function leaksOf(value: Snapshot | Diff | CheckResult): number {
  if (value.type === 'check') return value.leaks.length;
  return value.type === 'snapshot' ? value.sites.filter(({ verdict }) => verdict === 'leak').length : value.intervalMs;
}
const heard = ({ site, process }: LeakMessage): string => `${process.pid}: ${site.label}, ${site.allowed ?? 'not allowed'}`;

async function checked(): Promise<CheckResult> {
  await check(() => {});
  await check(async () => 1, { warmup: 1, rounds: 3, iterations: 2, kinds: ['set'], ignore: [/x/] });
  await check(() => {}, { signal: AbortSignal.timeout(1000), timeout: 500, quick: true });
  // @ts-expect-error: a number is no signal
  await check(() => {}, { signal: 5 });
  // @ts-expect-error: fn is a function
  await check(42);
  return leakline.check(() => Promise.resolve());
}

const tracked: Tracked = track({}, { kind: 'lease', label: 'lease of 7' });
tracked.release();
// @ts-expect-error: a kind is needed
track({}, {});
// @ts-expect-error: a number has no life to watch
track(1, { kind: 'lease' });

track({}, { kind: 'lease', maxHoldMs: 5_000 }).release();
// @ts-expect-error: milliseconds are a number
track({}, { kind: 'lease', maxHoldMs: '5 s' });

const options: PoolOptions = { maxHoldMs: 5_000, label: 'orders' };
const watch: WatchedPool = watchPool({}, options);
watch.unwatch();
// @ts-expect-error: a name is no pool
watchPool('orders');
// @ts-expect-error: a typo in an option
watchPool({}, { overdue: 5_000 });
const lost: number = after.sites.reduce((sum, { overdue = 0, returnedLate = 0 }) => sum + overdue - returnedLate, 0);

const printed: string = report(after, { format: 'text', color: true, width: 80, all: true, allFrames: true });
report(compared);
void retainers({ of: {}, top: 3, pause: true }).then((found) => report(found) + (found.sites[0]?.heldBy ?? ''));
// @ts-expect-error: a typo in an option
void retainers({ paused: true });
mark('deploy-42');
void checked().then((result) => report(result, { format: 'json' }));

try {
  stop();
} catch (reason) {
  const { code, hint } = reason as LeaklineError;
  if (code === 'ERR_LEAKLINE_OPTION') console.log(hint);
  // @ts-expect-error: no such code
  if (code === 'ERR_LEAKLINE_OTHER') console.log(hint);
}

console.log(isStarted(), live, grown, lost, printed);

const observed: OtelRegistration = registerOtel();
observed.unregister();
registerOtel({ meterProvider: { getMeter: () => undefined } });
// @ts-expect-error: no MeterProvider
registerOtel({ meterProvider: 1 });
