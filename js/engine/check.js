'use strict';

/**
 * `check()`: run, collect garbage, look, again and again. What the looks mean is decided by the
 * addon; this is only the order of things.
 */

const originals = require('../base/originals.js');
const { isIgnored } = require('../base/ignore.js');
const { error } = require('../base/errors.js');
const { checked } = require('../base/options.js');
const { sendMoved } = require('../recording/positions.js');
const { createCheckCensus } = require('../census/check.js');
const { isSmall, lookAtHeap, lookForProof } = require('./heap-looks.js');
const { createAdded } = require('./added.js');
const { createLimit } = require('./limit.js');
const { createPace } = require('./pace.js');
const { gather } = require('./proof.js');
const { createWorkerLooks } = require('./workers.js');

/** After a wait of so many ms a census is asked again: one may cost more than a look. */
const CENSUS_WAIT_MS = 160;
/** Of the calls so many at least add an entry where each is said to. */
const EACH_CALL = 0.9;
/** Kinds that a census counts. */
const COUNTED = ['array', 'map', 'set', 'object'];
/** How long other threads have to collect their garbage. */
const SWEEP_MS = 2_000;

/**
 * @param {object} native the addon
 * @param {object} engine recording fully
 * @param {() => unknown} fn one round trip
 * @param {ReturnType<typeof checkOptions>} options
 * @param {object} realm whose source maps are asked first
 * @param {ReturnType<import('./engine.js').Engine['beginCheck']>} own this check; not current any more when its watch has ended
 */
async function check(native, engine, fn, options, realm, own) {
  const look = async (acts) => {
    if (own.isCurrent()) await settle(native, engine, workers, own, acts);
    if (!own.isCurrent()) throw error('ERR_LEAKLINE_NOT_STARTED', 'check');
  };
  const kinds = bothOf(own.kinds, options.kinds);
  const isCounted = options.census && (kinds === null || COUNTED.some((kind) => kinds.includes(kind)));
  const census = isCounted ? createCheckCensus({ native, context: own.context, realm, fn, rounds: options.rounds, kinds }) : null;
  const workers = createWorkerLooks({ rounds: options.rounds, kinds, isCounted });
  // A census has its plan of rounds.
  const pace = createPace(options.quick && census === null, options.rounds);
  let calls = 0;
  /** Calls the function, unless the check has ended meanwhile. */
  const repeat = async (times) => {
    // Each call begins in a turn of its own, so that the first one's stack is as the others'.
    for (let i = 0; i < times && own.isCurrent(); i++) {
      await null;
      own.nextCall();
      calls++;
      await fn();
    }
  };
  const limit = createLimit(options, () => [calls, options.warmup + options.rounds * options.iterations], own);
  try {
    const gatherAll = () => gather(native, own, census, options.warmup);
    return await originals.Promise.race([rounds(native, repeat, (acts) => pace.look(() => look(acts)), pace, census, workers, options, realm, gatherAll), limit.reached]);
  } finally {
    limit.end();
    await workers.end();
    if (own.isCurrent()) native.checkEnd();
    census?.end();
  }
}

async function rounds(native, repeat, look, pace, census, workers, options, realm, gatherAll) {
  const { warmup, rounds, iterations, kinds, ignore } = options;
  const added = createAdded(rounds);
  const lookAfter = (round) => look({
    count: census?.isWanted(round) ? () => census.look(round, added.censusBegins) : undefined,
    collected: () => added.collected(round),
  });
  await workers.begin();
  await repeat(warmup);
  await lookAfter(0);
  let looked = null;
  native.firstSample();
  await workers.look(0);
  let round = 0;
  while (pace.wantsRound(round)) {
    round++;
    await repeat(iterations);
    await lookAfter(round);
    native.look();
    await workers.look(round);
  }
  const text = { cwd: process.cwd() };
  const ask = () => {
    const { census: found = [], censusMs } = census?.result() ?? {};
    const inWorkers = workers.result();
    const all = [...found, ...inWorkers.census];
    return JSON.stringify({ iterations: round * iterations, warmup, kinds: kinds ?? [], text, heap: { added: added.ofRounds(), ...looked }, census: all, censusMs, unseen: inWorkers.unseen });
  };
  let { result, hidden } = judge(native, ask(), ignore);
  for (const [index, wait] of pace.waits.entries()) {
    if (result.leaks.length === 0 || !pace.wantsWait(index)) break;
    await new originals.Promise((resolve) => originals.setTimeout(resolve, wait));
    await look();
    native.recheck();
    if (wait >= CENSUS_WAIT_MS) {
      census?.again();
      await workers.again();
    }
    ({ result, hidden } = judge(native, ask(), ignore));
  }
  const lookFully = async () => {
    const again = async () => {
      await repeat(iterations);
      await look();
    };
    looked = await lookAtHeap(native, gatherAll, again, iterations);
    ({ result } = judge(native, ask(), ignore));
  };
  // One that gains an entry with each call, and nobody can be named: the heap says what holds it.
  const gainsUnnamed = () => (census?.unnamed() ?? 0) >= round * iterations * EACH_CALL;
  if (wantsHeap(options, result, hidden, () => native.heapGrew(added.ofRounds(), round * iterations) || gainsUnnamed())) {
    await lookFully();
  } else if (wantsProof(options, result)) {
    looked = await lookForProof(native, gatherAll);
    ({ result } = judge(native, ask(), ignore));
    if (hasNoHolder(options, result)) await lookFully();
  }
  if (result.leaks.length === 0) return result;
  const isMoved = sendMoved(native, result.leaks.flatMap(({ stack, topInserter }) => [...stack, ...(topInserter?.stack ?? [])]), realm);
  return isMoved ? judge(native, ask(), ignore).result : result;
}

/** Whether the whole heap is looked at: asked for, or because it grew in every round and nothing says by what, not even what is ignored. */
function wantsHeap({ heap, kinds }, { leaks }, hidden, isGrowing) {
  if (heap === false || (kinds !== null && !kinds.includes('heap'))) return false;
  return heap === true || (leaks.length === 0 && hidden === 0 && isGrowing() && isSmall());
}

/** Whether one look is made to prove what goes with what: where that is not certain by the findings alone. */
function wantsProof({ heap }, { leaks }) {
  const isCertain = leaks.length < 2 && !leaks.some(({ standsFor }) => standsFor !== undefined);
  return heap !== false && !isCertain && isSmall();
}

/** Whether all that is found are collections which something unknown holds: what gains them with each call is that. */
function hasNoHolder({ kinds }, { leaks }) {
  if (kinds !== null && !kinds.includes('heap')) return false;
  const isHeld = ({ role, kind, standsFor, retainers }) => role === 'cause' && (standsFor === undefined || retainers !== undefined || !COUNTED.includes(kind));
  return leaks.length > 0 && !leaks.some(isHeld) && isSmall();
}

/** What both lists have; null is a list of everything. */
function bothOf(one, other) {
  if (!one || !other) return one ?? other ?? null;
  return one.filter((kind) => other.includes(kind));
}

/** @throws ERR_LEAKLINE_OPTION */
function checkOptions(fn, options) {
  if (typeof fn !== 'function') {
    throw error('ERR_LEAKLINE_OPTION', 'fn', 'a function', fn, 'Pass what is to be called again and again, such as () => handle(request).');
  }
  const given = checked('check', options);
  given.signal?.throwIfAborted?.();
  return given;
}

/**
 * Lets what is under way land, then collects garbage here and in the other threads, and looks.
 * @param {{ count?: () => void, collected?: () => void }} [acts] what else is done: before the collection, which ends what `count`
 * leaves as garbage, and right after it
 */
async function settle(native, engine, workers, own, { count, collected } = {}) {
  native.sweepOthers();
  workers.sweep();
  await turn();
  await turn();
  if (count !== undefined && own.isCurrent()) {
    // What was loaded since the last look is patched first: a census would see leakline's own lists grow.
    engine.look('check');
    count();
  }
  engine.look('check', { gc: true, collected });
  const until = originals.now() + SWEEP_MS;
  // Those that do not in time are left out, from the next look on.
  while (native.unsweptOthers() > 0 && originals.now() <= until) {
    await new originals.Promise((resolve) => originals.setTimeout(resolve, 5));
  }
}

/** One turn of the event loop. */
function turn() {
  return new originals.Promise((resolve) => originals.setImmediate(resolve));
}

/** @returns {{ result: object, hidden: number }} the result, and how many findings are ignored in it */
function judge(native, ask, ignore) {
  const ignored = isIgnored(ignore);
  const all = JSON.parse(native.leaks(ask));
  const hidden = all.leaks.filter((leak) => ignored(leak.stack)).map((leak) => leak.fingerprint);
  const result = hidden.length === 0 ? all : JSON.parse(native.leaks(JSON.stringify({ ...JSON.parse(ask), hidden })));
  return { result, hidden: hidden.length };
}

module.exports = { check, checkOptions };
