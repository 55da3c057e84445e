'use strict';

// EventTargets and AbortSignals.

class Sub extends EventTarget {}

function setUp(world) {
  for (let slot = 0; slot < 2; slot++) ops.target(world, slot, 'EventTarget');
}

/** Whether it has one more than before: the same listener twice is one, and one for what is aborted is none. */
function adding(world, target, add) {
  const before = world.oracle.sizeOfTarget(target);
  try {
    return add();
  } finally {
    if (world.oracle.sizeOfTarget(target) > before) world.oracle.sawTarget(target);
  }
}

const ops = {
  target(world, slot, kind) {
    world.controllers[slot] = new AbortController();
    const { signal } = world.controllers[slot];
    const made = kind === 'EventTarget' ? new EventTarget() : kind === 'sub' ? new Sub() : kind === 'any' ? AbortSignal.any([signal]) : signal;
    world.targets[slot] = world.name(`target${slot}:${kind}`, made);
  },

  listen(world, slot, type, listener, how) {
    const target = world.targets[slot];
    const run = world.functions[listener];
    const add = (...given) => adding(world, target, () => target.addEventListener(type, ...given));
    if (how === 'signal') {
      // Node puts one of its own on the signal, which is counted or not by what becomes of this one.
      world.isCountable = false;
      return add(run, { signal: world.controllers[1 - slot].signal });
    }
    if (how === 'aborted') return add(run, { signal: AbortSignal.abort() });
    if (how === 'null') return add(null);
    if (how === 'handleEvent') return add({ handleEvent: (event) => world.trace('handled', event.type) });
    return add(run, how ?? undefined);
  },

  unlisten: (world, slot, type, listener, capture) => world.targets[slot].removeEventListener(type, world.functions[listener], capture),

  /** Signals alone have such a property; on others it is one like any. */
  handler(world, slot, listener) {
    const target = world.targets[slot];
    const result = adding(world, target, () => {
      target.onabort = world.functions[listener] ?? null;
      return target.onabort;
    });
    // One that takes the place of another is registered as well, and Node counts as many as before.
    if (target instanceof AbortSignal && typeof result === 'function') world.oracle.sawTarget(target);
    return result;
  },

  dispatch: (world, slot, type) => world.targets[slot].dispatchEvent(world.name(`event ${type}`, new Event(type))),
  abort: (world, slot) => world.controllers[slot].abort('enough'),
};

function look(world) {
  for (const [slot, target] of world.targets.entries()) {
    world.trace('shows', target, world.controllers[slot].signal.aborted, Reflect.ownKeys(target).length);
    // What Node holds weakly goes when it likes.
    if (world.isCountable) world.trace('  listeners', world.oracle.listenersOfTarget(target));
  }
}

module.exports = { ops, setUp, look };
