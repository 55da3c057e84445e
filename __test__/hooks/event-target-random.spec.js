'use strict';

// Random programs against what Node says: `events.getEventListeners`, and a model that counts.

const assert = require('node:assert/strict');
const { getEventListeners, setMaxListeners } = require('node:events');
const { it } = require('node:test');

const { leakline } = require('../support/recording');

const PROGRAMS = 300;
const STEPS = 40;
const TYPES = ['x', 'y', 'abort'];

/** Reproducible random numbers (mulberry32). */
function randomOf(seed) {
  return (sides) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % sides;
  };
}

/** Runs one program; returns the targets that must live on. */
function program(roll) {
  const listeners = Array.from({ length: 6 }, (_, i) => (i % 3 === 0 ? { handleEvent() {} } : () => {}));
  const controllers = Array.from({ length: 2 }, () => new AbortController());
  const targets = [new EventTarget(), new EventTarget(), ...controllers.map(({ signal }) => signal)];
  for (const target of targets) setMaxListeners(0, target);
  const pick = (all) => all[roll(all.length)];
  const actions = [
    () => pick(targets).addEventListener(pick(TYPES), pick(listeners), { once: roll(3) === 0, capture: roll(4) === 0 }),
    () => pick(targets).addEventListener(pick(TYPES), pick(listeners), roll(2) === 0),
    () => pick(targets.slice(0, 2)).addEventListener(pick(TYPES), pick(listeners), { signal: pick(controllers).signal }),
    () => pick(targets).removeEventListener(pick(TYPES), pick(listeners), { capture: roll(4) === 0 }),
    () => pick(targets).removeEventListener(pick(TYPES), pick(listeners)),
    () => pick(targets).dispatchEvent(new Event(pick(TYPES))),
    () => {
      if (roll(6) === 0) pick(controllers).abort();
    },
    () => {
      const own = pick(targets);
      own.addEventListener(pick(TYPES), () => own.removeEventListener(pick(TYPES), pick(listeners)), { once: true });
    },
  ];
  for (let step = 0; step < STEPS; step++) pick(actions)();
  return targets;
}

/** Listeners that Node has on targets, apart from what it put on signals itself. */
function count(targets) {
  return targets.reduce((sum, target) => sum + TYPES.reduce((all, type) => all + strongOf(target, type), 0), 0);
}

/** Those that Node itself adds for `{ signal }` are held by WeakRefs, and are counted only when they are left alone. */
function strongOf(target, type) {
  const kEvents = Object.getOwnPropertySymbols(target).find(({ description }) => description === 'kEvents');
  let strong = 0;
  let all = 0;
  for (let entry = target[kEvents]?.get(type)?.next; entry !== undefined; entry = entry.next, all++) if (!entry.weak) strong++;
  assert.equal(getEventListeners(target, type).length, all);
  return strong;
}

it(`${PROGRAMS} random programs leave what Node says they leave`, () => {
  const seed = Number(process.env.LEAKLINE_SEED ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`);
  for (let i = 0; i < PROGRAMS; i++) {
    leakline.start({ mode: 'full', kinds: ['listener'] });
    try {
      const targets = program(randomOf(seed + i));
      const { sites } = leakline.snapshot({ gc: i % 10 === 0 });
      // What the line of an action says of the signal of `{ signal }` is of Node's own listener there.
      const own = sites.filter(({ origin, stack }) => origin?.file === __filename && !isNodesOwn(stack));
      const live = own.reduce((sum, site) => sum + site.live, 0);
      assert.equal(live, count(targets), `program ${seed + i}: LEAKLINE_SEED=${seed + i} runs it first`);
    } finally {
      leakline.stop();
    }
  }
});

function isNodesOwn(stack) {
  return stack.filter(({ function: name, file }) => name === 'addEventListener' && file.startsWith('node:')).length > 1;
}
