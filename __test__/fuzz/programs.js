'use strict';

// Random programs. A program is plain data, so that it can be printed, cut down and pasted into a test:
// `{ seed, ops, bodies }`, each op `[name, ...arguments]`; `bodies[i]` is what the listener or callback number i does when
// it is called. What the ops do is said in ops/.
//
// Two processes that run a program must call everything in the same order, so its timers are due either in 1 ms or never,
// and what runs as a timeout touches nothing that what runs as an immediate does: each has emitters and slots of its own.

const { createRandom } = require('./random');

const LONG = 3_600_000;
const LISTENERS = 6;
/** The numbers of the functions that only targets call. */
const TARGETS_OWN = LISTENERS + 6;
const slots = { emitters: [0, 1, 2, 3], timeouts: [0, 1, 2, 3, 4], immediates: [5, 6, 7], collections: [0, 1, 2, 3], targets: [0, 1], handles: [0, 1, 2] };
const ofLane = { timeout: { emitters: [0, 1], timers: slots.timeouts }, immediate: { emitters: [2, 3], timers: slots.immediates } };

const names = ['a', 'a', 'a', 'a', 'a', 'b', 'b', 'b', 'symbol', 'error', '1', 1, 'toString', '__proto__', 'newListener', 'removeListener', 'SIGUSR2', undefined];
const emitterKinds = ['plain', 'plain', 'sub', 'over', 'call', 'capture', 'bare', 'process'];
const weirdEmitterKinds = ['frozen', 'proxy', 'heir', 'field'];
const adding = ['on', 'on', 'addListener', 'once', 'once', 'prependListener', 'prependOnceListener'];
const ways = ['object', 'object', 'number', 'string'];
const clears = ['clearTimeout', 'clearTimeout', 'clearInterval', 'clearImmediate'];
const shortDelays = [1, 0, -1, '1', null, undefined, 'x'];

/** @returns {{ seed: number, ops: any[][], bodies: any[][][] }} */
function generate(seed, length = 60) {
  const random = createRandom(seed);
  const { below, oneOf, chance, weighted } = random;
  /** A few programs do what no count can follow, such as writing into `_events`. */
  const isWeird = chance(0.2);

  const listener = () => (chance(0.04) ? oneOf([undefined, null, 'text', {}]) : below(LISTENERS));
  const name = () => (isWeird && chance(0.1) ? { toString: 'a' } : oneOf(names));
  const emitter = () => [
    [30, () => [oneOf(adding), oneOf(slots.emitters), name(), listener()]],
    [14, () => [oneOf(['off', 'removeListener']), oneOf(slots.emitters), name(), listener()]],
    [4, () => ['removeAllListeners', oneOf(slots.emitters), ...(chance(0.4) ? [] : [name()])]],
    [16, () => ['emit', oneOf(slots.emitters), name(), ...Array.from({ length: below(3) }, (_, i) => i)]],
    [6, () => ['emitter', oneOf(slots.emitters), oneOf(isWeird && chance(0.4) ? weirdEmitterKinds : emitterKinds)]],
    [3, () => ['churn', oneOf(slots.emitters), oneOf(['a', 'b']), below(LISTENERS)]],
    [2, () => ['max', oneOf(slots.emitters), oneOf([0, 1, 10, -1])]],
    [2, () => ['dropEmitter', oneOf(slots.emitters)]],
    [isWeird ? 4 : 0, () => ['hack', oneOf(slots.emitters), oneOf(['delete', 'reset', 'push', 'pop'])]],
  ];
  const timer = () => [
    [9, () => ['setTimeout', oneOf(slots.timeouts), callback('timeout'), oneOf([LONG, ...shortDelays]), below(3), oneOf(['globalThis', 'timers'])]],
    [5, () => ['setInterval', oneOf(slots.timeouts), callback('timeout'), oneOf([LONG, ...shortDelays]), below(3), oneOf(['globalThis', 'timers'])]],
    [6, () => ['setImmediate', oneOf(slots.immediates), callback('immediate'), below(3), oneOf(['globalThis', 'timers'])]],
    [8, () => ['clear', oneOf(clears), anyTimer(), oneOf(ways), oneOf(['globalThis', 'timers'])]],
    [1, () => ['clearOther', oneOf(clears), oneOf([undefined, null, 0, 'nothing', 1e9, {}, true])]],
    [3, () => ['method', anyTimer(), oneOf(['close', 'dispose'])]],
    [4, () => ['method', oneOf(slots.timeouts), 'refresh']],
    [4, () => ['method', anyTimer(), oneOf(['unref', 'ref', 'hasRef'])]],
    [2, () => ['promise', oneOf(['timeout', 'immediate', 'promisified', 'wait', 'yield']), below(3)]],
    [1, () => ['promiseAborted', oneOf(['timeout', 'immediate']), below(2)]],
  ];
  const anyTimer = () => oneOf([...slots.timeouts, ...slots.immediates]);
  const collection = () => [
    [8, () => ['make', oneOf(slots.collections), oneOf(['Map', 'Set']), oneOf(makings), below(5)]],
    [10, () => ['put', oneOf(slots.collections), below(6), below(9)]],
    [4, () => ['take', oneOf(slots.collections), below(6)]],
    [2, () => ['wipe', oneOf(slots.collections)]],
    [4, () => ['walk', oneOf(slots.collections), oneOf(['forEach', 'for', 'entries', 'changing'])]],
    [2, () => ['looks', oneOf(slots.collections)]],
    [2, () => ['combine', oneOf(slots.collections), oneOf(slots.collections), oneOf(['union', 'difference', 'isSubsetOf', 'groupBy'])]],
    [2, () => ['dropCollection', oneOf(slots.collections)]],
  ];
  const target = () => [
    [8, listening],
    [3, () => ['unlisten', oneOf(slots.targets), oneOf(types), targetListener(), chance(0.3)]],
    [2, () => ['handler', oneOf(slots.targets), oneOf([0, 1, TARGETS_OWN, -1])]],
    [6, () => ['dispatch', oneOf(slots.targets), oneOf(types)]],
    [2, () => ['target', oneOf(slots.targets), oneOf(['EventTarget', 'sub', 'AbortSignal', 'any'])]],
    [1, () => ['abort', oneOf(slots.targets)]],
  ];
  const targetListener = () => (chance(0.5) ? below(LISTENERS) : TARGETS_OWN + below(3));
  /** `{ signal }` in a few programs only: nobody can count what Node does then. */
  const hasSignals = chance(0.2);
  function listening() {
    const how = oneOf(listenings);
    return ['listen', oneOf(slots.targets), oneOf(types), targetListener(), how === 'signal' && !hasSignals ? 'aborted' : how];
  }
  const handle = () => [
    [4, () => ['open', oneOf(slots.handles), ...oneOf(openings)]],
    [3, () => ['close', oneOf(slots.handles)]],
  ];
  const recording = () => [[1, () => ['start']], [1, () => ['stop']], [1, () => ['look']]];

  function callback(lane) {
    return chance(0.03) ? oneOf([undefined, 'text']) : LISTENERS + (lane === 'timeout' ? 0 : 3) + below(3);
  }

  /** A listener touches the emitter that calls it, written as -1. */
  function listenerBody() {
    return weighted([
      [8, () => []],
      [3, () => [['off', -1, oneOf(names), below(LISTENERS)]]],
      [3, () => [[oneOf(adding), -1, oneOf(names), below(LISTENERS)]]],
      [1, () => [['removeAllListeners', -1, ...(chance(0.5) ? [] : [oneOf(names)])]]],
      [2, () => [['emit', -1, oneOf(names), 'nested']]],
      [1, () => [['throw', 'of a listener']]],
    ]);
  }

  function callbackBody(lane) {
    const { emitters, timers } = ofLane[lane];
    const set = lane === 'timeout'
      ? () => [['setTimeout', oneOf(timers), LISTENERS + below(3), 1, 0, 'globalThis']]
      : () => [['setImmediate', oneOf(timers), LISTENERS + 3 + below(3), 0, 'globalThis']];
    return weighted([
      [5, () => []],
      [3, () => [['clear', oneOf(clears), oneOf(timers), oneOf(ways), 'globalThis']]],
      [lane === 'timeout' ? 3 : 0, () => [['method', oneOf(timers), 'refresh']]],
      [2, set],
      [3, () => [['emit', oneOf(emitters), oneOf(['a', 'b']), 'from a timer']]],
      [2, () => [[oneOf(adding), oneOf(emitters), oneOf(['a', 'b']), below(LISTENERS)]]],
      [1, () => [['throw', 'of a callback']]],
    ]);
  }

  function targetBody() {
    return weighted([
      [2, () => []],
      [3, () => [listening()]],
      [3, () => [['unlisten', oneOf(slots.targets), oneOf(types), targetListener(), chance(0.3)]]],
      [1, () => [['dispatch', oneOf(slots.targets), oneOf(types)]]],
      [1, () => [['abort', oneOf(slots.targets)]]],
    ]);
  }

  const subjects = [[4, emitter, 0.75], [3, timer, 0.6], [3, collection, 0.6], [2, target, 0.4], [1, handle, 0.2]].filter(([, , share]) => chance(share));
  if (subjects.length === 0) subjects.push([1, emitter]);
  const tables = subjects.map(([weight, table]) => [weight * 8, () => weighted(table())]);
  tables.push([2, () => weighted(recording())], [1, () => ['wait']]);
  const ops = Array.from({ length: 5 + below(length) }, () => weighted(tables));
  if (chance(0.8)) ops.unshift(['start']);
  return {
    seed,
    bodies: [
      ...Array.from({ length: LISTENERS }, listenerBody),
      ...Array.from({ length: 3 }, () => callbackBody('timeout')),
      ...Array.from({ length: 3 }, () => callbackBody('immediate')),
      ...Array.from({ length: 3 }, targetBody),
    ],
    ops: [...ops, ['wait'], ['look']],
  };
}

const makings = ['empty', 'pairs', 'iterator', 'copy', 'null', 'number', 'badEntry', 'throwing', 'subclass', 'overriding', 'construct', 'foreign', 'noNew', 'clone'];
const types = ['a', 'a', 'b', 'abort'];
const openings = [['file', 'file'], ['file', 'missing'], ['directory', 'folder'], ['channel', 'file']];
const listenings = [undefined, false, true, { once: true }, { capture: true }, { passive: true }, 'signal', 'aborted', 'handleEvent', 'null'];

module.exports = { generate };
